import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newBlobKey } from "../blob/blob_store.ts";
import { PostgresBlobLedger } from "../blob/postgres_blob_ledger.ts";
import { SqliteBlobLedger } from "../blob/sqlite_blob_ledger.ts";
import { imageFixture } from "../image/image_fixture.ts";
import type { Image } from "../image/image.ts";
import type { ListQuery } from "../image/catalog/image_catalog.ts";
import { PostgresImageCatalog } from "../image/catalog/postgres_image_catalog.ts";
import { PostgresDeletedImages } from "../image/deleted/postgres_deleted_images.ts";
import { SqliteDeletedImages } from "../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { PostgresInstallationRecord } from "../installation/postgres_installation_record.ts";
import { SqliteInstallationRecord } from "../installation/sqlite_installation_record.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { COPIED_TABLES } from "./copied_tables.ts";
import { type CopyProgress, copyToPostgres, endCopying } from "./copy_to_postgres.ts";
import { PostgresDatabase } from "./postgres/postgres_database.ts";
import { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import { sharedPostgres } from "./postgres/testing_postgres.ts";

const server = await sharedPostgres();

const IMAGES = 1_500;
const NEWEST: ListQuery = { order: "createdAt", descending: true, limit: 10_000 };

test("COPIED_TABLES are all tables except those of leases and tasks", () => {
  expect(COPIED_TABLES.map(({ name }) => name).toSorted()).toEqual([
    "blobs",
    "deleted_images",
    "image_tags",
    "images",
    "installations",
    "job_items",
    "jobs",
    "keys",
    "metadata_keys",
    "purges",
    "removals",
    "staged_blobs",
    "tenant_hosts",
    "tenants",
    "usage",
    "used_tokens",
  ]);
});

describe.skipIf(!server)("on PostgreSQL", () => {
  if (!server) return;
  const postgres = server;

  /** A full SQLite database, which others may open as well, and an empty Postgres database. */
  async function open() {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await testFolder());
    const path = join(folder.path, "progimage.sqlite");
    const source = stack.use(new SqliteDatabase(path));
    source.migrate();
    const fresh = stack.use(await postgres.freshDatabase());
    const target = stack.use(new PostgresDatabase(fresh.url, { application: "copy" }));
    await target.migrate();
    const writer = stack.use(new SqliteDatabase(path));
    writer.orm.run("PRAGMA synchronous = OFF");
    const catalog = new SqliteImageCatalog(writer);
    for (let number = 0; number < IMAGES; number++) await add(catalog, number);
    const kept = stack.move();
    return {
      ...{ source, target, catalog, copy: new PostgresImageCatalog(target), url: fresh.url },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }

  async function add(catalog: SqliteImageCatalog, number: number): Promise<Image> {
    const image = imageFixture({
      name: `Ünïcödé 🦊 '${number}' \\ "`,
      tags: number % 3 === 0 ? ["third", "ß"] : [],
      metadata: { number, nested: ["\u0000", "\ud800", null, 1e300] },
      focalPoint: number % 2 === 0 ? { x: 0.1 + 0.2, y: number / 7_000 } : null,
      expiresAt: number % 5 === 0 ? 9_000_000_000_000 + number : null,
      idempotencyKey: number % 4 === 0 ? `key ${number}` : null,
      hasAlpha: number % 2 === 0,
      bytes: 5_000_000_000 + number,
      createdAt: 1_700_000_000_000 + number,
    });
    await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Infinity });
    return image;
  }

  test("copyToPostgres copies all rows of the source, and compares them", async () => {
    await using opened = await open();
    const { source, target, catalog, copy } = opened;
    await catalog.purgeAll();
    const deleted = new SqliteDeletedImages(source);
    const [gone, erased] = [await add(catalog, 1), await add(catalog, 2)];
    await catalog.remove(gone.id);
    await deleted.erase([erased.id]);
    const twin = imageFixture({ owner: "one", sha256: gone.sha256 });
    const twinKey = newBlobKey(gone.sha256, { owner: "one" });
    await catalog.of("one").add(twin, { key: twinKey, validUntil: Infinity });
    const installation = await new SqliteInstallationRecord(source).adopt({ id: "one", counter: 5 });
    const steps: CopyProgress[] = [];
    const copied = await copyToPostgres(source, target, { onProgress: (step) => steps.push(step) });
    const rows = Object.fromEntries(copied.tables.map((table) => [table.name, table.rows]));
    expect(rows).toEqual({
      ...{ images: IMAGES + 1, image_tags: IMAGES / 1.5, purges: 1 },
      ...{ jobs: 0, job_items: 0, staged_blobs: 0, metadata_keys: 0 },
      ...{ keys: 0, tenant_hosts: 0, tenants: 0, usage: 0, used_tokens: 0 },
      ...{ blobs: IMAGES + 2, deleted_images: 1, installations: 1, removals: 1 },
    });
    expect(copied.isUpToDate).toBe(true);
    expect(await copy.list(NEWEST)).toEqual(await catalog.list(NEWEST));
    expect(await new PostgresInstallationRecord(target).read()).toEqual(installation);
    const ledger = new PostgresBlobLedger(target);
    for (const owner of ["", "one", "two"]) {
      const copied = await ledger.of(owner).touch(gone.sha256);
      expect(copied).toEqual(await new SqliteBlobLedger(source).of(owner).touch(gone.sha256));
    }
    expect((await ledger.of("one").touch(gone.sha256))?.key).toBe(twinKey);
    expect(await new PostgresDeletedImages(target).list({ limit: 10 })).toEqual(
      await deleted.list({ limit: 10 }),
    );
    expect(await copy.list({ ...NEWEST, tag: "ß" })).toEqual(await catalog.list({ ...NEWEST, tag: "ß" }));
    expect(steps.at(-1)?.done).toBe(steps.at(-1)?.total ?? 0);
    expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  test("copyToPostgres copies later changes, including a key that moved to another image", async () => {
    await using opened = await open();
    const { source, target, catalog, copy } = opened;
    const first = await copyToPostgres(source, target);
    const images = await catalog.list(NEWEST);
    const [one, two, three] = images;
    if (!one || !two || !three) throw new Error("Cannot test without images");
    await catalog.update(one.id, (before) => ({ ...before, name: "changed", tags: ["new"] }));
    await catalog.remove(two.id);
    const named = images.findLast(({ idempotencyKey }) => idempotencyKey !== null);
    const later = imageFixture({ idempotencyKey: named?.idempotencyKey ?? null });
    await catalog.add(later, { key: newBlobKey(later.sha256), validUntil: Infinity });
    expect((await catalog.find(later.id))?.idempotencyKey).toBe(named?.idempotencyKey ?? "");
    const second = await copyToPostgres(source, target);
    expect(second.tables).not.toEqual(first.tables);
    expect(await copy.list(NEWEST)).toEqual(await catalog.list(NEWEST));
    expect(await copy.find(two.id)).toBeNull();
    expect((await copyToPostgres(source, target)).tables).toEqual(second.tables);
  });

  test("copyToPostgres copies a snapshot of the source while others write to it", async () => {
    await using opened = await open();
    const { source, target, catalog, copy } = opened;
    const before = await catalog.list(NEWEST);
    let added: Promise<Image> | undefined;
    const onProgress = () => void (added ??= add(catalog, IMAGES));
    expect((await copyToPostgres(source, target, { onProgress })).isUpToDate).toBe(false);
    await added;
    expect(await copy.list(NEWEST)).toEqual(before);
    expect((await copyToPostgres(source, target)).isUpToDate).toBe(true);
    expect(await copy.list(NEWEST)).toEqual(await catalog.list(NEWEST));
  });

  test("copyToPostgres continues after Postgres crashed", async () => {
    await using opened = await open();
    const { source, target, catalog, copy } = opened;
    let crash: Promise<void> | undefined;
    const onProgress = ({ done }: CopyProgress) => void (done > IMAGES && (crash ??= postgres.kill()));
    await expect(copyToPostgres(source, target, { onProgress })).rejects.toMatchObject({
      code: "unavailable",
    });
    await crash;
    await postgres.start();
    await copyToPostgres(source, target);
    expect(await copy.list(NEWEST)).toEqual(await catalog.list(NEWEST));
  });

  test("copyToPostgres refuses a database with other images, unless it may replace them", async () => {
    await using opened = await open();
    const { source, target, catalog, copy } = opened;
    const own = imageFixture();
    await copy.add(own, { key: newBlobKey(own.sha256), validUntil: Infinity });
    await expect(copyToPostgres(source, target)).rejects.toThrow("it has others");
    expect(await copy.list(NEWEST)).toEqual([own]);
    await copyToPostgres(source, target, { replace: true });
    expect(await copy.list(NEWEST)).toEqual(await catalog.list(NEWEST));
  });

  test("copyToPostgres removes nothing from servers that use the copy", async () => {
    await using opened = await open();
    const { source, target, copy, url } = opened;
    await copyToPostgres(source, target);
    await endCopying(target);
    await expect(copyToPostgres(source, target)).rejects.toThrow("it has others");
    await using serving = new PostgresDatabase(url);
    await serving.read(() => serving.orm.execute("SELECT 1"));
    await expect(copyToPostgres(source, target, { replace: true })).rejects.toThrow("Stop it first");
    expect(await copy.list(NEWEST)).toHaveLength(IMAGES);
  });

  test("copyToPostgres ends when a server begins to use the copy", async () => {
    await using opened = await open();
    const { source, target } = opened;
    let ended: Promise<void> | undefined;
    const onProgress = () => void (ended ??= endCopying(target));
    await expect(copyToPostgres(source, target, { onProgress })).rejects.toThrow("has begun to");
    await ended;
  });
});
