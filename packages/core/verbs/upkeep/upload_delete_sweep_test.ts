import { describe } from "bun:test";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import type { BlobEntry } from "../../blob/blob_store.ts";
import { FsBlobStore } from "../../blob/fs_blob_store.ts";
import { LocalBlobCache } from "../../blob/local_blob_cache.ts";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { ObjectBlobStore } from "../../blob/object_blob_store.ts";
import { MemoryRemovalRecord } from "../../blob/memory_removal_record.ts";
import { PostgresBlobLedger } from "../../blob/postgres_blob_ledger.ts";
import { PostgresRemovalRecord } from "../../blob/postgres_removal_record.ts";
import { SqliteBlobLedger } from "../../blob/sqlite_blob_ledger.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { FsDerivativeCache } from "../../derivative/fs_derivative_cache.ts";
import { ObjectDerivativeCache } from "../../derivative/object_derivative_cache.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../../database/postgres/testing_postgres_database.ts";
import { MemoryDeletedImages } from "../../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { PostgresDeletedImages } from "../../image/deleted/postgres_deleted_images.ts";
import { PostgresImageCatalog } from "../../image/catalog/postgres_image_catalog.ts";
import { SqliteDeletedImages } from "../../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../../image/catalog/sqlite_image_catalog.ts";
import { FsStoreMark } from "../../installation/fs_store_mark.ts";
import { MemoryInstallationRecord } from "../../installation/memory_installation_record.ts";
import { MemoryStoreMark } from "../../installation/memory_store_mark.ts";
import { PostgresInstallationRecord } from "../../installation/postgres_installation_record.ts";
import { ObjectStoreMark } from "../../installation/object_store_mark.ts";
import { SqliteInstallationRecord } from "../../installation/sqlite_installation_record.ts";
import { Bucket } from "../../s3/bucket.ts";
import { sharedS3 } from "../../s3/testing_s3.ts";
import { twoOwnersContract } from "./two_owners_contract.ts";
import {
  type MakeStorage,
  uploadDeleteSweepContract,
  type UploadDeleteSweepOptions,
} from "./upload_delete_sweep_contract.ts";

function storageContracts(name: string, makeStorage: MakeStorage, options?: UploadDeleteSweepOptions): void {
  uploadDeleteSweepContract(name, makeStorage, options);
  twoOwnersContract(name, makeStorage);
}

storageContracts("Memory", (folder, now) => {
  const tables = new MemoryTables();
  return {
    blobs: new MemoryBlobStore(now),
    catalog: new MemoryImageCatalog(tables, now),
    deleted: new MemoryDeletedImages(tables, now),
    derivatives: derivativesIn(folder),
    installation: new MemoryInstallationRecord(tables),
    ledger: new MemoryBlobLedger(tables, now),
    mark: new MemoryStoreMark(),
    removals: new MemoryRemovalRecord(tables),
    [Symbol.asyncDispose]: async () => {},
  };
});

/** Files whose age follows the clock of the test. */
class AgeingFsBlobStore extends FsBlobStore {
  readonly #now: () => number;

  constructor(folder: string, now: () => number) {
    super(folder);
    this.#now = now;
  }

  override async put(key: string, path: string): Promise<void> {
    // A copy, as a hard link would share its times with the next published file.
    const copy = `${path}-${crypto.randomUUID()}`;
    await Bun.write(copy, Bun.file(path));
    await utimes(copy, this.#now() / 1000, this.#now() / 1000);
    await super.put(key, copy);
  }
}

storageContracts("Files and SQLite", (folder, now) => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    blobs: new AgeingFsBlobStore(join(folder, "blobs"), now),
    ...sqlitePorts(database, now),
    derivatives: derivativesIn(folder),
    mark: new FsStoreMark(join(folder, "blobs")),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});

const s3 = await sharedS3();

describe.skipIf(s3 === null)("on S3", async () => {
  if (!s3) return;
  const bucket = new Bucket(await s3.freshBucket());

  /** Objects whose age follows the clock of the test instead of that of S3. */
  class AgeingObjectBlobStore extends ObjectBlobStore {
    readonly #now: () => number;
    readonly #published = new Map<string, number>();

    constructor(prefix: string, now: () => number) {
      super(bucket, { prefix });
      this.#now = now;
    }

    override async put(key: string, path: string): Promise<void> {
      this.#published.set(key, this.#now());
      await super.put(key, path);
    }

    override async *list(beginning: string): AsyncIterable<BlobEntry> {
      for await (const entry of super.list(beginning))
        yield { ...entry, publishedAt: this.#published.get(entry.key) ?? 0 };
    }
  }

  storageContracts(
    "S3 and SQLite",
    async (folder, now) => {
      const prefix = `${crypto.randomUUID()}/`;
      const database = new SqliteDatabase(":memory:");
      database.migrate();
      const remote = new AgeingObjectBlobStore(prefix, now);
      const blobs = new LocalBlobCache(remote, { folder: join(folder, "sources"), capacity: 1_000_000 });
      await blobs.prepare();
      return {
        blobs,
        ...sqlitePorts(database, now),
        derivatives: new ObjectDerivativeCache(derivativesIn(folder), bucket, { prefix }),
        mark: new ObjectStoreMark(bucket, { prefix }),
        [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
      };
    },
    { mixtures: 10 },
  );
});

describe.skipIf(!(await sharedPostgres()))("on PostgreSQL", () => {
  storageContracts(
    "Files and Postgres",
    async (folder, now) => {
      const lent = await lendPostgresDatabase();
      return {
        blobs: new AgeingFsBlobStore(join(folder, "blobs"), now),
        catalog: new PostgresImageCatalog(lent.database, now),
        deleted: new PostgresDeletedImages(lent.database, now),
        derivatives: derivativesIn(folder),
        installation: new PostgresInstallationRecord(lent.database),
        ledger: new PostgresBlobLedger(lent.database, now),
        mark: new FsStoreMark(join(folder, "blobs")),
        removals: new PostgresRemovalRecord(lent.database),
        [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
      };
    },
    { mixtures: 30 },
  );
});

function sqlitePorts(database: SqliteDatabase, now: () => number) {
  return {
    catalog: new SqliteImageCatalog(database, now),
    deleted: new SqliteDeletedImages(database, now),
    installation: new SqliteInstallationRecord(database),
    ledger: new SqliteBlobLedger(database, now),
    removals: new SqliteRemovalRecord(database),
  };
}

/** Returns a cache whose files have real times: to the clock of the test, these are from its first day. */
function derivativesIn(folder: string): FsDerivativeCache {
  return new FsDerivativeCache(join(folder, "derivatives"), { capacity: 1_000_000 });
}
