import { expect, test } from "bun:test";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { jobRecordsContract } from "./job_records_contract.ts";
import { SqliteJobRecords } from "./sqlite_job_records.ts";

jobRecordsContract("SqliteJobRecords", (now) => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    records: new SqliteJobRecords(database, now),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});

test("SqliteJobRecords finds jobs and items by an index and sorts nothing", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const records = new SqliteJobRecords(database);
  const after = { createdAt: 1, id: "a" };
  const itemsOf = (query: Partial<Parameters<typeof records.itemsStatement>[1]>) =>
    records.itemsStatement("a", { limit: 10, ...query }).toSQL();
  const statements = [
    ["sqlite_autoindex_jobs_1", { ...records.findStatement().toSQL(), params: ["a"] }],
    ["jobs_by_created_at", records.listStatement({ limit: 10 }).toSQL()],
    ["jobs_by_created_at", records.listStatement({ limit: 10, after }).toSQL()],
    ["jobs_by_status", records.listStatement({ limit: 10, status: "succeeded" }).toSQL()],
    ["jobs_by_status", records.listStatement({ limit: 10, status: "succeeded", after }).toSQL()],
    ["jobs_waiting", records.waitingStatement().toSQL()],
    ["jobs_by_expires_at", records.expiredStatement(10).toSQL()],
    ["sqlite_autoindex_job_items_1", itemsOf({})],
    ["sqlite_autoindex_job_items_1", itemsOf({ from: 5, before: 9 })],
    ["job_items_by_status", itemsOf({ status: "failed" })],
    ["job_items_by_status", itemsOf({ status: "queued", from: 5, before: 9 })],
    [
      "sqlite_autoindex_job_items_1",
      { ...records.settleStatement().toSQL(), params: ["a", 1, "b", "c", "d", "e"] },
    ],
    ["sqlite_autoindex_staged_blobs_1", records.stagedStatement(["a", "b"]).toSQL()],
    ["staged_blobs_by_job", records.unstageStatement("a").toSQL()],
  ] as const;
  for (const [index, { sql, params }] of statements) {
    const steps = database.explain(sql, params as (string | number)[]);
    expect(
      steps.filter((step) => !step.startsWith("SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 ")),
    ).toHaveLength(index === "sqlite_autoindex_jobs_1" ? 0 : 1);
    expect(steps[0]).toMatch(new RegExp(`^SEARCH \\w+ USING (COVERING )?INDEX ${index} `));
  }
});
