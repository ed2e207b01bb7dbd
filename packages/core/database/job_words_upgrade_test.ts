import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { PostgresJobRecords } from "../job/records/postgres_job_records.ts";
import type { JobRecords } from "../job/records/job_records.ts";
import { SqliteJobRecords } from "../job/records/sqlite_job_records.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { PostgresDatabase } from "./postgres/postgres_database.ts";
import { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import { migratePostgresUntil, migrateSqliteUntil } from "./testing_migrations.ts";
import { sharedPostgres } from "./postgres/testing_postgres.ts";

const server = await sharedPostgres();

test("SqliteDatabase.migrate() brings jobs of an earlier version along", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "progimage.sqlite");
  await migrateSqliteUntil(path, "0006_waiting_jobs");
  {
    using before = new Database(path);
    for (const statement of earlierRows("0")) before.run(statement);
  }
  using database = new SqliteDatabase(path);
  database.migrate();
  await expectJobs(new SqliteJobRecords(database));
});

describe.skipIf(!server)("on PostgreSQL", () => {
  test("PostgresDatabase.migrate() brings jobs of an earlier version along", async () => {
    if (!server) return;
    await using fresh = await server.freshDatabase();
    await using database = new PostgresDatabase(fresh.url);
    await migratePostgresUntil(database, "0004_waiting_jobs");
    for (const statement of earlierRows("false")) await database.orm.execute(statement);
    await database.migrate();
    await expectJobs(new PostgresJobRecords(database));
  });
});

/** Rows of jobs as the previous version wrote them. */
function earlierRows(no: string): readonly string[] {
  const files = '{"kind":"files","prefix":"in/"}';
  const job = (id: string, state: string, done: number, failed: number, sources = files) =>
    `INSERT INTO jobs (id, owner, state, sources, outputs, deliver, priority, webhook, attributes, total, done, failed,
      created_at, lifetime, run, notified_run, is_expanded, expanded_to, waiting)
    VALUES ('${id}', '', '${state}', '${sources}', '[]', '{"prefix":"out/"}',
      'normal', 'https://a.test/', '{}', ${done + failed}, ${done}, ${failed}, 1, 1, 1, ${done}, ${no}, 2, 0)`;
  const item = (place: number, state: string, source: object, results: readonly object[]) =>
    `INSERT INTO job_items (job_id, place, source, state, results)
    VALUES ('partly', ${place}, '${JSON.stringify(source)}', '${state}', '${JSON.stringify(results)}')`;
  return [
    job("running", "running", 1, 0, '{"kind":"filter","filter":{"createdAfter":1},"bound":null}'),
    job("well", "done", 1, 0),
    job("partly", "done", 1, 1),
    job("badly", "done", 0, 2),
    job("cancelled", "cancelled", 0, 1),
    item(0, "done", { id: "a" }, [{ output: 0, format: "png", bytes: 1, image: '"image":' }]),
    item(1, "failed", { file: '{"file":' }, [{ output: 0, format: "png", bytes: 1, file: '"file":' }]),
  ];
}

async function expectJobs(records: JobRecords): Promise<void> {
  const jobs = await records.list({ limit: 10 });
  expect(Object.fromEntries(jobs.map((job) => [job.id, job.status]))).toEqual({
    running: "running",
    well: "succeeded",
    partly: "partially_failed",
    badly: "failed",
    cancelled: "cancelled",
  });
  expect(jobs.filter(({ webhookDelivery }) => webhookDelivery === null).map(({ id }) => id)).toEqual([
    "cancelled",
    "badly",
  ]);
  expect(await records.find("running")).toMatchObject({ sources: { filter: { createdFrom: 1 } } });
  const partly = await records.find("partly");
  expect(partly).toMatchObject({
    succeeded: 1,
    failed: 1,
    label: null,
    metadata: {},
    webhookDelivery: { status: "delivered", attempts: 1, lastStatus: null, lastAttemptAt: null },
    sources: { kind: "exchange", prefix: "in/" },
    deliver: { exchange: { prefix: "out/" } },
  });
  expect(await records.items("partly", { limit: 10 })).toMatchObject([
    {
      place: 0,
      status: "succeeded",
      results: [{ output: 0, format: "png", bytes: 1, imageId: '"image":' }],
    },
    {
      place: 1,
      status: "failed",
      source: { exchange: '{"file":' },
      results: [{ output: 0, format: "png", bytes: 1, exchange: '"file":' }],
    },
  ]);
}
