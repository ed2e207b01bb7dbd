import { describe, expect, test } from "bun:test";
import { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../../database/postgres/testing_postgres_database.ts";
import { explain } from "../../database/postgres/testing_postgres_indexes.ts";
import type { StatementLog } from "../../database/testing_statement_log.ts";
import { jobFixture } from "../job_fixture.ts";
import type { SettledItem } from "../job_item.ts";
import { jobRecordsContract } from "./job_records_contract.ts";
import { PostgresJobRecords } from "./postgres_job_records.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  jobRecordsContract("PostgresJobRecords", async (now) => {
    const lent = await lendPostgresDatabase();
    return {
      records: new PostgresJobRecords(lent.database, now),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  });

  test("PostgresJobRecords finds jobs and items by an index without sorting, in custom and generic plans", async () => {
    await using lent = await lendPostgresDatabase();
    await makeRows(lent.database);
    const records = new PostgresJobRecords(lent.database);
    const [id, retried] = ["job 7", "job 8"];
    await records.retry(retried);
    const later = new PostgresJobRecords(lent.database, () => 9_000_000_000_010);
    const after = { createdAt: 1_700_000_050_000, id: "a" };
    const settled: readonly SettledItem[] = [3, 4, 5].map((place) => ({ place, results: [], problem: null }));
    const items = /"job_items"/;
    const [byPlace, byStatus] = ["job_items_job_id_place_pk", "job_items_by_status"];
    const explained: readonly ExplainedCall[] = [
      { index: "jobs_pkey", call: () => records.find(id) },
      { index: "jobs_pkey", call: () => records.listed(id, 0, 10), also: /Sort|\(place > / },
      { index: "jobs_by_created_at", call: () => records.list({ limit: 10 }) },
      { index: "jobs_by_created_at", call: () => records.list({ limit: 10, after }) },
      { index: "jobs_by_status", call: () => records.list({ limit: 10, status: "failed" }) },
      { index: "jobs_by_status", call: () => records.list({ limit: 10, status: "failed", after }) },
      { index: "jobs_by_expires_at", call: () => records.removeExpired(10) },
      { index: byPlace, call: () => records.items(id, { limit: 10 }), of: items },
      { index: byPlace, call: () => records.items(id, { limit: 10, from: 5, before: 9 }), of: items },
      { index: byStatus, call: () => records.items(id, { limit: 10, status: "failed" }), of: items },
      {
        index: byStatus,
        call: () => records.items(id, { limit: 10, status: "failed", from: 5, before: 99 }),
        of: items,
      },
      {
        index: `(?:${byPlace}|${byStatus}) .*\n.*Index Cond: .*place >= .*place <=`,
        call: () => records.settle(id, settled),
        of: items,
        also: /status = /,
      },
      { index: byStatus, call: () => records.requeue(retried, { run: 2, from: 0, limit: 10 }), of: items },
      { index: byPlace, call: () => later.removeExpired(10), of: items },
      {
        index: "staged_blobs_pkey",
        call: () => records.staged(["key 7", "key 8", "key 9"]),
        also: /finished_at/,
      },
      { index: "staged_blobs_by_job", call: () => records.unstage(id), of: /"staged_blobs"/ },
    ];
    for (const each of explained) await expectIndex(lent, each);
  });

  test("PostgresJobRecords of several nodes settle one job without losing a count, and one of them ends it", async () => {
    if (!server) return;
    await using fresh = await server.freshDatabase();
    await using one = new PostgresDatabase(fresh.url);
    await using other = new PostgresDatabase(fresh.url);
    await one.migrate();
    const nodes = [new PostgresJobRecords(one), new PostgresJobRecords(other)] as const;
    const job = jobFixture();
    await nodes[0].add(job, []);
    const sources = Array.from({ length: 400 }, (_, place) => ({ id: String(place) }));
    await nodes[0].addItems(job.id, { run: 1, from: 0, sources, cursor: null, isLast: true });
    // Both record each item, in overlapping batches.
    const batches = [...batchesOf(sources.length, 10), ...batchesOf(sources.length, 7)];
    const settlements = await Promise.all(
      batches.map((items, index) => nodes[index % 2 === 0 ? 0 : 1].settle(job.id, items)),
    );
    expect(settlements.reduce((sum, settlement) => sum + (settlement?.settled ?? 0), 0)).toBe(400);
    expect(settlements.filter((settlement) => settlement?.hasEnded)).toHaveLength(1);
    expect(await nodes[1].find(job.id)).toMatchObject({
      status: "partially_failed",
      succeeded: 360,
      failed: 40,
    });
  });

  test("PostgresJobRecords.listed() and items() return characters that Postgres text cannot hold", async () => {
    await using lent = await lendPostgresDatabase();
    const records = new PostgresJobRecords(lent.database);
    const job = jobFixture();
    const url = "https://example.com/\0\ud800";
    await records.add(job, [url]);
    expect(await records.listed(job.id, 0, 1)).toEqual([url]);
    await records.addItems(job.id, { run: 1, from: 0, sources: [{ url }], cursor: null, isLast: true });
    const problem = { code: "source_refused", message: url } as const;
    await records.settle(job.id, [{ place: 0, results: [], problem }]);
    expect(await records.items(job.id, { limit: 1 })).toMatchObject([{ source: { url }, problem }]);
  });
});

/** Returns items in batches. Every tenth item has failed. */
function batchesOf(count: number, size: number): readonly (readonly SettledItem[])[] {
  const problem = { code: "image_not_found", message: "Cannot find image" } as const;
  const items = Array.from({ length: count }, (_, place) => ({
    place,
    results: [],
    problem: place % 10 === 0 ? problem : null,
  }));
  return Array.from({ length: Math.ceil(count / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Expects that the plans of a call read each table by an index in the required order, and filter few rows. */
async function expectIndex(
  { database, log }: { readonly database: PostgresDatabase; readonly log: StatementLog },
  { index, call, of, also = /expires_at/ }: ExplainedCall,
): Promise<void> {
  for (const statement of await log.of(call, of)) {
    for (const plan of ["custom", "generic"] as const) {
      const steps = await explain(database, statement, plan);
      const text = [statement.sql, ...steps].join("\n");
      expect(text).toMatch(new RegExp(`Index (Only )?Scan (Backward )?using ${index} `));
      const isFree = (step: string) => also.test(step) || /Filter: \(owner = [^)]*\)$/.test(step);
      const others = steps.filter((step) => /Seq Scan|Sort|Filter:/.test(step) && !isFree(step));
      expect(others.length === 0 ? "" : text).toBe("");
    }
  }
}

interface ExplainedCall {
  /** The expected index. */
  readonly index: string;
  readonly call: () => Promise<unknown>;
  /** The statements of the call to explain. @default all */
  readonly of?: RegExp;
  /** Sorts and filters that the plan may have. */
  readonly also?: RegExp;
}

/** Enough rows that reading all of them would be slower. */
async function makeRows({ orm }: PostgresDatabase): Promise<void> {
  await orm.execute(`
    INSERT INTO jobs (id, owner, status, sources, listed, outputs, deliver, priority, attributes, succeeded, failed, created_at,
      expires_at, lifetime, run, is_expanded, expanded_to)
    SELECT 'job ' || n, '', (ARRAY['succeeded', 'succeeded', 'succeeded', 'failed', 'running'])[1 + n % 5], '{}', '["a", "b"]', '[]', '"images"',
      'normal', '{}', 0, 0, 1700000000000 + n * 50, CASE WHEN n % 5 < 4 THEN 9000000000000 + n END, 1, 1, true, 100
    FROM generate_series(1, 5000) AS n`);
  await orm.execute(`
    INSERT INTO job_items (job_id, place, source, status, results)
    SELECT 'job ' || n, place, '{"id":"a"}', (ARRAY['succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'queued', 'failed'])[1 + place % 10], '[]'
    FROM generate_series(1, 100) AS n, generate_series(0, 499) AS place`);
  await orm.execute(
    "INSERT INTO staged_blobs (key, job_id) SELECT 'key ' || n, 'job ' || n FROM generate_series(1, 20000) AS n",
  );
  await orm.execute("ANALYZE");
}
