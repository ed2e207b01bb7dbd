import { expect, test } from "bun:test";
import { explain, openLoggedSqlite } from "../database/sqlite/testing_sqlite_search.ts";
import { imageFixture } from "../image/image_fixture.ts";
import { SqliteDeletedImages } from "../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { SqliteBlobLedger } from "./sqlite_blob_ledger.ts";

test("SqliteBlobLedger and SqliteDeletedImages find blobs and their images by an index", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  let now = 1_000;
  const catalog = new SqliteImageCatalog(database, () => now).of("one");
  const deleted = new SqliteDeletedImages(database, () => now).of("one");
  const ledger = new SqliteBlobLedger(database, () => now).of("one");
  const [one, two] = [imageFixture({ owner: "one" }), imageFixture({ owner: "one" })];
  for (const { id, ...image } of [one, two])
    await catalog.add({ ...image, id }, { key: id, validUntil: Infinity });
  const { sha256 } = one;
  const ofBlobs = /"blobs"/;
  const statements = [
    ...(await log.of(() => ledger.touch(sha256))),
    ...(await log.of(() => ledger.images(one.id, 10))),
    ...(await log.of(() => ledger.referenced([sha256.slice(0, 32)]))),
    ...(await log.of(() => ledger.page("ab", { limit: 10 }))),
    ...(await log.of(() => deleted.erase([two.id]), ofBlobs)),
    ...(await log.of(async () => {
      await catalog.remove(one.id);
      await deleted.release(Infinity, 10);
    }, ofBlobs)),
    ...(await log.of(() => ledger.condemn((now += 1_000), 10))),
    ...(await log.of(() => ledger.touch(sha256))),
    ...(await log.of(() => ledger.condemn((now += 1_000), 10))),
    ...(await log.of(() => ledger.release((now += 1_000), 10), ofBlobs)),
  ];
  expect(await ledger.count()).toBe(0);
  for (const statement of statements) {
    const steps = explain(database, statement);
    const scans = steps.filter((step) => /^(?:SCAN(?! (?:\d+ )?CONSTANT ROW)|USE TEMP B-TREE)/.test(step));
    expect([statement.sql, ...scans]).toEqual([statement.sql]);
    // Another owner may have deleted any number of images of the same bytes.
    const ofAll = steps.filter((step) => /INDEX \w+_by_sha256 \(sha256=\?\)/.test(step));
    expect([statement.sql, ...ofAll]).toEqual([statement.sql]);
  }
});
