import { expect, test } from "bun:test";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { expectSearch } from "../../database/sqlite/testing_sqlite_search.ts";
import { imageFixture } from "../image_fixture.ts";
import { SqliteDeletedImages } from "./sqlite_deleted_images.ts";

test("SqliteDeletedImages finds every page and due images by an index, without sorting", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const deleted = new SqliteDeletedImages(database);
  const after = { value: 1, id: imageFixture().id };
  for (const query of [{}, { after }])
    expectSearch(database, deleted.listStatement({ limit: 10, ...query }).toSQL(), "deleted_images_by_owner");
  const byId = deleted.findStatement(after.id).toSQL();
  expectSearch(database, byId, "sqlite_autoindex_deleted_images_1");
  const [ofImages, ofDeleted] = deleted.expiredStatements(10).map((statement) => statement.toSQL());
  if (!ofImages || !ofDeleted) throw new Error("Cannot explain: there are no statements");
  expectSearch(database, ofImages, "images_by_expires_at");
  expectSearch(database, ofDeleted, "deleted_images_by_expires_at");
  const { sql, params } = deleted.releaseStatement(1, 10).toSQL();
  const steps = database.explain(sql, params as number[]);
  expect(steps.join("\n")).toContain("SEARCH deleted_images USING INDEX deleted_images_by_deleted_at");
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
});

test("SqliteRemovalRecord finds pending, listed and due removals by an index, without sorting", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const removals = new SqliteRemovalRecord(database);
  const digests = ["ab".repeat(32), "cd".repeat(32)];
  // The statement reads all of a partial index, in its order.
  const { sql, params } = removals.pendingStatement(10).toSQL();
  expect(database.explain(sql, params as number[])).toEqual(["SCAN removals USING INDEX removals_to_do"]);
  const place = { removedAt: 1, key: "a" };
  expectSearch(database, removals.listStatement(place, 10).toSQL(), "removals_by_removed_at");
  expectSearch(database, removals.digestsStatement(digests).toSQL(), "removals_by_digest");
  const due = removals.forgetStatement(1, 10).toSQL();
  const steps = database.explain(due.sql, due.params as number[]);
  expect(steps.join("\n")).toContain("SEARCH removals USING INDEX removals_by_removed_at");
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
});
