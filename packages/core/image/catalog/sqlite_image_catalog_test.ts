import { expect, test } from "bun:test";
import { SqliteBlobLedger } from "../../blob/sqlite_blob_ledger.ts";
import { removalRecordContract } from "../../blob/removal_record_contract.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { expectSearch } from "../../database/sqlite/testing_sqlite_search.ts";
import { deletedImagesContract } from "../deleted/deleted_images_contract.ts";
import { imageCatalogContract, type MakeCatalog } from "./image_catalog_contract.ts";
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
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
};

imageCatalogContract("SqliteImageCatalog", makeCatalog);
deletedImagesContract("SqliteDeletedImages", makeCatalog);
removalRecordContract("SqliteRemovalRecord", makeCatalog);

test("SqliteImageCatalog.list() finds every page by an index and sorts nothing", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const listing = new SqliteImageListing(database, Date.now);
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
      const statement = listing.imagesStatement({ order: "createdAt", descending, limit: 10, ...query });
      expectSearch(database, statement.toSQL(), index);
    }
  }
});

test("SqliteImageListing reads, counts and bounds every allowed query by an index, without sorting", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const listing = new SqliteImageListing(database, Date.now);
  for (const { query, plan } of offeredPlans()) {
    expectSearch(database, listing.imagesStatement(query, plan).toSQL(), "\\w+");
    const others = [listing.countStatement(query, plan), listing.sizeStatement(query, plan.lead)];
    for (const statement of [...others, listing.placeStatement(query, plan.lead, 1_000)]) {
      const { sql, params } = statement.toSQL();
      const steps = database.explain(sql, params as (string | number)[]);
      const isServed =
        /^(?:SEARCH|CO-ROUTINE entries|SCAN entries|CORRELATED SCALAR SUBQUERY|LIST SUBQUERY|USING INDEX|CREATE BLOOM FILTER) ?/;
      expect(steps.filter((step) => !isServed.test(step))).toEqual([]);
    }
  }
});

test("SqliteImageCatalog finds one image, several, images to purge and images of a digest by an index", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const catalog = new SqliteImageCatalog(database);
  const ids = [imageFixture().id, imageFixture().id];
  const byId = "sqlite_autoindex_images_1";
  expectSearch(database, { ...catalog.findStatement().toSQL(), params: ids.slice(1) }, byId);
  expectSearch(database, catalog.findManyStatement(ids).toSQL(), byId);
  const update = catalog.updateStatement().toSQL();
  expectSearch(database, { ...update, params: update.params.map(() => "a") }, byId);
  expectSearch(database, catalog.purgeStatement(ids, 1).toSQL(), byId);
  const ofDigest = { ...catalog.referenceStatement().toSQL(), params: ["ab", "abg", 1] };
  expectSearch(database, ofDigest, "images_by_sha256");
});
