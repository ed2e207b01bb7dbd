import { expect, test } from "bun:test";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { explain, openLoggedSqlite } from "../../database/sqlite/testing_sqlite_search.ts";
import { jobFixture } from "../job_fixture.ts";
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

test("SqliteJobRecords finds jobs and items by an index and sorts nothing but the jobs that wait", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const records = new SqliteJobRecords(database);
  const [job, ended] = [jobFixture({ waiting: 1 }), jobFixture({ status: "succeeded" })];
  for (const each of [job, ended]) await records.add(each, []);
  const after = { createdAt: 1, id: "a" };
  const limits = { jobs: 10, items: 10 };
  const settled = [{ place: 1, results: [], problem: null }];
  const [byPlace, byStatus] = ["sqlite_autoindex_job_items_1", "job_items_by_status"];
  const calls: readonly (readonly [string, () => Promise<unknown>, RegExp?])[] = [
    ["sqlite_autoindex_jobs_1", () => records.find(job.id)],
    ["jobs_by_created_at", () => records.list({ limit: 10 })],
    ["jobs_by_created_at", () => records.list({ limit: 10, after })],
    ["jobs_by_status", () => records.list({ limit: 10, status: "succeeded" })],
    ["jobs_by_status", () => records.list({ limit: 10, status: "succeeded", after })],
    ["jobs_waiting", () => records.add(jobFixture(), [], { limits }), /^select/],
    ["sqlite_autoindex_jobs_1", () => records.scan("a", 10)],
    ["jobs_by_created_at", () => records.count()],
    ["jobs_by_expires_at", () => records.removeExpired(10)],
    [byPlace, () => records.items(job.id, { limit: 10 }), /"job_items"/],
    [byPlace, () => records.items(job.id, { limit: 10, from: 5, before: 9 }), /"job_items"/],
    [byStatus, () => records.items(job.id, { limit: 10, status: "failed" }), /"job_items"/],
    [
      byStatus,
      () => records.items(job.id, { limit: 10, status: "queued", from: 5, before: 9 }),
      /"job_items"/,
    ],
    [byPlace, () => records.settle(job.id, settled), /"job_items"/],
    ["sqlite_autoindex_staged_blobs_1", () => records.staged(["a", "b"])],
    ["staged_blobs_by_job", () => records.unstage(ended.id), /"staged_blobs"/],
  ];
  for (const [index, call, wanted] of calls) {
    for (const statement of await log.of(call, wanted)) {
      const steps = explain(database, statement);
      expect(
        steps.filter((step) => !step.startsWith("SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 ")),
      ).toHaveLength(index === "sqlite_autoindex_jobs_1" ? 0 : 1);
      expect(steps[0]).toMatch(new RegExp(`^SEARCH \\w+ USING (COVERING )?INDEX ${index} `));
    }
  }
  // The index has only jobs that have not ended.
  const [stalled] = await log.of(() => records.stalled(1, { limit: 10 }));
  expect(stalled && explain(database, stalled)).toEqual([
    "SCAN jobs USING INDEX jobs_waiting",
    "USE TEMP B-TREE FOR ORDER BY",
  ]);
});
