import { expect, test } from "bun:test";
import { newBlobKey } from "../../blob/blob_store.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { expectSearch, explain, openLoggedSqlite } from "../../database/sqlite/testing_sqlite_search.ts";
import { imageFixture } from "../image_fixture.ts";
import { SqliteDeletedImages } from "./sqlite_deleted_images.ts";

test("SqliteDeletedImages finds every page and due images by an index, without sorting", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const deleted = new SqliteDeletedImages(database);
  const after = { value: 1, id: imageFixture().id };
  const searches = [
    [() => deleted.list({ limit: 10 }), "deleted_images_by_owner"],
    [() => deleted.list({ limit: 10, after }), "deleted_images_by_owner"],
    [() => deleted.find(after.id), "sqlite_autoindex_deleted_images_1"],
  ] as const;
  for (const [call, index] of searches)
    for (const statement of await log.of(call)) expectSearch(database, statement, index);
  const expired = await log.of(() => deleted.eraseExpired(10), /^select "id" from "(?:deleted_)?images"/);
  const indexes = expired.map((statement) => explain(database, statement)[0]);
  expect(indexes).toEqual([
    "SEARCH images USING INDEX images_by_expires_at (expires_at<?)",
    "SEARCH deleted_images USING INDEX deleted_images_by_expires_at (expires_at<?)",
  ]);
  for (const statement of await log.of(() => deleted.release(1, 10), /^delete/))
    expectDueSearch(explain(database, statement), "deleted_images USING INDEX deleted_images_by_deleted_at");
});

test("SqliteRemovalRecord finds pending, listed and due removals by an index, without sorting", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const removals = new SqliteRemovalRecord(database);
  const keys = ["ab", "cd"].map((digits) => newBlobKey(digits.repeat(32)));
  // The statement reads all of a partial index, in its order.
  for (const statement of await log.of(() => removals.pending(10)))
    expect(explain(database, statement)).toEqual(["SCAN removals USING INDEX removals_to_do"]);
  for (const statement of await log.of(() => removals.list({ removedAt: 1, key: "a" }, 10)))
    expectSearch(database, statement, "removals_by_removed_at");
  for (const statement of await log.of(() => removals.among(keys)))
    expectSearch(database, statement, "removals_by_digest");
  for (const statement of await log.of(() => removals.forget(1, 10)))
    expectDueSearch(explain(database, statement), "removals USING INDEX removals_by_removed_at");
});

/** Expects a removal to find due rows by an index. */
function expectDueSearch(steps: readonly string[], search: string): void {
  expect(steps.join("\n")).toContain(`SEARCH ${search}`);
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
}
