import { join } from "node:path";
import { type BlobStore, newBlobKey, SHARDS } from "../blob/blob_store.ts";
import { FsBlobStore } from "../blob/fs_blob_store.ts";
import { MemoryBlobLedger } from "../blob/memory_blob_ledger.ts";
import { MemoryBlobStore } from "../blob/memory_blob_store.ts";
import { MemoryRemovalRecord } from "../blob/memory_removal_record.ts";
import { SqliteBlobLedger } from "../blob/sqlite_blob_ledger.ts";
import { SqliteRemovalRecord } from "../blob/sqlite_removal_record.ts";
import { MemoryTables } from "../database/memory_tables.ts";
import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { rowsOf } from "../database/sqlite/testing_sqlite_rows.ts";
import { FsDerivativeCache } from "../derivative/fs_derivative_cache.ts";
import type { Image } from "../image/image.ts";
import { imageFixture } from "../image/image_fixture.ts";
import { MemoryDeletedImages } from "../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../image/catalog/memory_image_catalog.ts";
import { SqliteDeletedImages } from "../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { FsStoreMark } from "../installation/fs_store_mark.ts";
import { MemoryInstallationRecord } from "../installation/memory_installation_record.ts";
import { MemoryStoreMark } from "../installation/memory_store_mark.ts";
import type { Ports } from "../ports.ts";
import { SqliteInstallationRecord } from "../installation/sqlite_installation_record.ts";
import { sweepStorage, type SweepStorageOptions, type Swept } from "../verbs/upkeep/sweep_storage.ts";
import { testFolder } from "./testing_folder.ts";

export type StoragePorts = Parameters<typeof sweepStorage>[0] & Pick<Ports, "catalog" | "owner">;

/** A clock that tests set. */
export interface ManualClock {
  now: number;
}

/** A database and a store that belong together, for tests of sweeps. */
export interface TestStorage<P extends StoragePorts = StoragePorts> extends AsyncDisposable {
  readonly ports: P;
  readonly clock: ManualClock;
  /** Returns all rows of the database. */
  readonly rows: () => Promise<unknown>;
  /** The folder of the files. */
  readonly folder: string;
}

export const DAY = 86_400_000;
export const WEEK = 7 * DAY;

/** The two kinds of storage, with their names. */
export const STORAGES = [
  { name: "memory", open: openMemoryStorage },
  { name: "SQLite and files", open: openFileStorage },
] as const;

/** Opens storage in memory. Its tables are accessible. */
export async function openMemoryStorage(): Promise<TestStorage & { readonly tables: MemoryTables }> {
  const folder = await testFolder();
  const clock = newClock();
  const now = () => clock.now;
  const tables = new MemoryTables();
  const ports = {
    ...memoryPorts(tables, now),
    blobs: new MemoryBlobStore(now),
    derivatives: derivativesIn(folder.path),
    mark: new MemoryStoreMark(),
    ...{ jobs: NO_JOBS, now, owner: "" },
  };
  await identify(ports);
  const rows = async () => structuredClone(Object.entries(tables));
  return {
    ports,
    clock,
    rows,
    tables,
    folder: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Returns the ports of a database in memory. */
export function memoryPorts(tables: MemoryTables, now: () => number) {
  return {
    catalog: new MemoryImageCatalog(tables, now),
    deleted: new MemoryDeletedImages(tables, now),
    installation: new MemoryInstallationRecord(tables),
    ledger: new MemoryBlobLedger(tables, now),
    removals: new MemoryRemovalRecord(tables),
  };
}

/** Opens storage in SQLite and files. */
export async function openFileStorage(): Promise<TestStorage> {
  const folder = await testFolder();
  const clock = newClock();
  const now = () => clock.now;
  const path = join(folder.path, "database.sqlite");
  const database = new SqliteDatabase(path);
  database.migrate();
  const blobs = join(folder.path, "blobs");
  const ports = {
    catalog: new SqliteImageCatalog(database, now),
    deleted: new SqliteDeletedImages(database, now),
    installation: new SqliteInstallationRecord(database),
    ledger: new SqliteBlobLedger(database, now),
    removals: new SqliteRemovalRecord(database),
    blobs: new FsBlobStore(blobs, { now }),
    derivatives: derivativesIn(folder.path),
    mark: new FsStoreMark(blobs),
    ...{ jobs: NO_JOBS, now, owner: "" },
  };
  await identify(ports);
  return {
    ports,
    clock,
    folder: folder.path,
    rows: async () => rowsOf(path),
    [Symbol.asyncDispose]: async () => {
      database[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sweeps all shards of the store in one round. */
export async function sweep(
  { ports }: Pick<TestStorage, "ports">,
  options: Partial<SweepStorageOptions> = {},
): Promise<Swept | null> {
  return await sweepStorage(ports, { holder: "one", grace: DAY, ...options });
}

/** Stores bytes that no other blob has, under a key that begins with some digits. Returns the key. */
export async function putBytes(
  { blobs }: { readonly blobs: BlobStore },
  folder: string,
  beginning = "ab",
): Promise<string> {
  const path = join(folder, crypto.randomUUID());
  await Bun.write(path, path);
  const random = new Bun.CryptoHasher("sha256").update(path).digest("hex");
  const key = newBlobKey(beginning + random.slice(beginning.length));
  await blobs.put(key, path);
  return key;
}

/** Stores an image with unique bytes. Returns it and the key of its bytes. */
export async function putImage(
  { ports, folder, clock }: Pick<TestStorage, "clock" | "folder" | "ports">,
  changes: Partial<Image> & { readonly beginning?: string } = {},
): Promise<{ readonly image: Image; readonly key: string }> {
  const { beginning, ...attributes } = changes;
  const key = await putBytes(ports, folder, beginning);
  const sha256 = key.slice(0, 64);
  const image = imageFixture({ createdAt: clock.now, ...attributes, sha256 });
  await ports.catalog.add(image, { key, validUntil: Infinity });
  return { image, key };
}

/** Returns the sorted keys of all blobs in the store, and of those in quarantine. */
export async function storedKeys({ blobs }: { readonly blobs: BlobStore }) {
  const keysIn = async (place: Pick<BlobStore, "list">) => {
    const listed = SHARDS.map((shard) => Array.fromAsync(place.list(shard), ({ key }) => key));
    return (await Promise.all(listed)).flat().toSorted();
  };
  return { store: await keysIn(blobs), quarantine: await keysIn(blobs.quarantine) };
}

const NO_JOBS: StoragePorts["jobs"] = { staged: async () => new Set() };

/** A whole second, because file times are fractions of seconds. Far in the past, so that any rendered file counts as just used. */
function newClock(): ManualClock {
  return { now: Math.floor(Date.now() / 1_000) * 1_000 - 400 * DAY };
}

async function identify({ installation, mark }: Pick<StoragePorts, "installation" | "mark">): Promise<void> {
  await mark.write(await installation.adopt({ id: crypto.randomUUID(), counter: 1 }));
}

function derivativesIn(folder: string): FsDerivativeCache {
  return new FsDerivativeCache(join(folder, "derivatives"), { capacity: 1e9 });
}
