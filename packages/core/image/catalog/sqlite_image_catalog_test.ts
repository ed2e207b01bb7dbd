import { expect, test } from "bun:test";
import { blobOwnerContract } from "../../blob/blob_owner_contract.ts";
import { SqliteBlobLedger } from "../../blob/sqlite_blob_ledger.ts";
import { removalRecordContract } from "../../blob/removal_record_contract.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { expectSearch, explain, openLoggedSqlite } from "../../database/sqlite/testing_sqlite_search.ts";
import { SqliteUsageRecords } from "../../tenant/sqlite_usage_records.ts";
import { usageRecordsContract } from "../../tenant/usage_records_contract.ts";
import { deletedImagesContract } from "../deleted/deleted_images_contract.ts";
import { imageCatalogContract, type MakeCatalog } from "./image_catalog_contract.ts";
import { otherOwnerContract } from "./other_owner_contract.ts";
import type { ListQuery } from "./image_catalog.ts";
import { imageFixture } from "../image_fixture.ts";
import { offeredPlans } from "./offered_queries.ts";
import { SqliteDeletedImages } from "../deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "./sqlite_image_catalog.ts";
import { SqliteImageListing } from "../../database/sqlite/sqlite_image_listing.ts";

const makeCatalog: MakeCatalog = (now) => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    catalog: new SqliteImageCatalog(database, now),
    deleted: new SqliteDeletedImages(database, now),
    ledger: new SqliteBlobLedger(database, now),
    removals: new SqliteRemovalRecord(database),
    usage: new SqliteUsageRecords(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
};

imageCatalogContract("SqliteImageCatalog", makeCatalog);
otherOwnerContract("SqliteImageCatalog", makeCatalog);
deletedImagesContract("SqliteDeletedImages", makeCatalog);
usageRecordsContract("SqliteUsageRecords", makeCatalog);
removalRecordContract("SqliteRemovalRecord", makeCatalog);
blobOwnerContract("SqliteBlobLedger", makeCatalog);

test("SqliteImageCatalog.list() finds every page by an index and sorts nothing", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const catalog = new SqliteImageCatalog(database);
  const position = (value: string | number) => ({ value, id: imageFixture().id });
  const times = { createdFrom: 1, createdBefore: 2, after: position(1) };
  const queries: [string, Partial<ListQuery>][] = [
    ["images_by_created_at", {}],
    ["images_by_created_at", { after: position(1) }],
    ["images_by_created_at", times],
    ["images_by_updated_at", { order: "updatedAt", after: position(1) }],
    ["images_by_updated_at", { order: "updatedAt", updatedFrom: 1, after: position(1) }],
    ["images_by_name", { order: "name", after: position("a") }],
    ["images_by_name", { order: "name", namePrefix: "a" }],
    ["images_by_name", { order: "name", namePrefix: "a", after: position("a") }],
    ["images_by_bytes", { order: "bytes", after: position(1) }],
    ["images_by_format", { format: "png" }],
    ["images_by_format", { format: "png", ...times }],
    ["sqlite_autoindex_image_tags_1", { tag: "a" }],
    ["sqlite_autoindex_image_tags_1", { tag: "a", ...times }],
    ["images_by_sha256", { sha256: "ab".repeat(32) }],
    ["images_by_sha256", { sha256: "ab".repeat(32), ...times }],
  ];
  for (const [index, query] of queries) {
    for (const descending of [true, false]) {
      const page = { order: "createdAt", descending, limit: 10, ...query } as const;
      for (const statement of await log.of(() => catalog.list(page)))
        expectSearch(database, statement, index);
    }
  }
});

test("SqliteImageListing reads, counts and bounds every allowed query by an index, without sorting", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const listing = new SqliteImageListing(database, Date.now);
  for (const { query, plan } of offeredPlans()) {
    for (const page of await log.of(() => listing.images(query, plan))) expectSearch(database, page, "\\w+");
    const others = [
      ...(await log.of(() => listing.count(query, plan))),
      ...(await log.of(() => listing.size(query, plan.lead))),
      ...(await log.of(() => listing.placeOf(query, plan.lead, 1_000))),
    ];
    for (const statement of others) {
      const isServed =
        /^(?:SEARCH|CO-ROUTINE entries|SCAN entries|CORRELATED SCALAR SUBQUERY|LIST SUBQUERY|USING INDEX|CREATE BLOOM FILTER) ?/;
      expect(explain(database, statement).filter((step) => !isServed.test(step))).toEqual([]);
    }
  }
});

test("SqliteImageCatalog finds one image, several and images to update or purge by an index", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const catalog = new SqliteImageCatalog(database);
  const image = imageFixture();
  await catalog.add(image, { key: image.id, validUntil: Infinity });
  const [ids, ofImages] = [[image.id, imageFixture().id], /"images"/];
  const byId = [
    ...(await log.of(() => catalog.find(image.id))),
    ...(await log.of(() => catalog.findMany(ids))),
    ...(await log.of(() => catalog.update(image.id, () => image), ofImages)),
    ...(await log.of(() => catalog.purge(ids), ofImages)),
    ...(await log.of(
      () => new SqliteDeletedImages(database).erase([imageFixture().id]),
      /^delete from "images"/,
    )),
    ...(await log.of(() => catalog.removeMany(ids), /^delete from "images"/)),
  ];
  expect(byId).toHaveLength(7);
  for (const statement of byId) expectSearch(database, statement, "sqlite_autoindex_images_1");
});
