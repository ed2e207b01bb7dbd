import { describe, expect, test } from "bun:test";
import { jobFixture } from "../job_fixture.ts";
import type { ItemResult, ItemSource, SettledItem } from "../job_item.ts";
import type { JobRecords } from "./job_records.ts";

/** Empty records that use a given clock. */
export interface JobRecordsUnderTest extends AsyncDisposable {
  readonly records: JobRecords;
}

/** Makes empty records. */
export type MakeJobRecords = (now: () => number) => Promise<JobRecordsUnderTest> | JobRecordsUnderTest;

const RESULT: ItemResult = { output: 0, format: "webp", bytes: 12, key: "ab" };
const PROBLEM = { code: "image_not_found", message: "Cannot find image" } as const;

/** Tests what every {@linkcode JobRecords} must do. */
export function jobRecordsContract(name: string, make: MakeJobRecords): void {
  describe(name, () => {
    test("JobRecords.find() returns a job as it was added, or null", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture({
          sources: {
            kind: "filter",
            filter: { tag: "a", createdFrom: 1 },
            bound: { createdAt: 2, id: "b" },
          },
          deliver: { exchange: { prefix: "out/" } },
          webhook: "https://example.com/hook",
          attributes: { tags: ["é"], metadata: { a: [1] }, expiresAt: 5 },
        });
        await records.add(job, []);
        expect(await records.find(job.id)).toEqual(job);
        expect(await records.find(jobFixture().id)).toBeNull();
      }));

    test("JobRecords.add() rejects a job whose id is in use, and leaves the existing one unchanged", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        await expect(records.add({ ...job, priority: "high" }, [])).rejects.toThrow();
        expect(await records.find(job.id)).toEqual(job);
      }));

    test("JobRecords.of() reaches the jobs of its owner alone, as if there were no others", () =>
      withRecords(make, async ({ records, clock }) => {
        const [own, others] = [jobFixture(), jobFixture({ owner: "acme", webhook: "https://example.com" })];
        const acme = records.of("acme");
        await records.add(own, []);
        await acme.add(others, ["a", "b"], { staged: ["key"] });
        await expect(records.add(jobFixture({ owner: "acme" }), [])).rejects.toThrow(TypeError);
        expect([await records.find(others.id), await acme.find(own.id)]).toEqual([null, null]);
        expect(await acme.find(others.id)).toEqual(others);
        expect((await records.list({ limit: 10 })).map(({ id }) => id)).toEqual([own.id]);
        expect((await acme.list({ limit: 10 })).map(({ id }) => id)).toEqual([others.id]);
        expect([await records.count(), await acme.count(), await records.of("b").count()]).toEqual([1, 1, 0]);
        const { id } = others;
        expect(await records.listed(id, 0, 10)).toEqual([]);
        expect(await records.addItems(id, batch(0, 2))).toBeNull();
        await acme.addItems(id, batch(0, 2));
        expect(await records.items(id, { limit: 10 })).toEqual([]);
        expect(await records.settle(id, [well(0)])).toBeNull();
        await acme.settle(id, [well(0), { place: 1, results: [], problem: PROBLEM }]);
        const ended = await acme.find(id);
        expect(ended).toMatchObject({ status: "partially_failed", succeeded: 1, failed: 1 });
        expect(await records.end(id, "failed", PROBLEM)).toBeNull();
        expect([await records.retry(id), await records.expire(id)]).toEqual([null, null]);
        expect(await records.requeue(id, { run: 1, from: 0, limit: 1 })).toBeNull();
        expect(await records.unstage(id)).toEqual([]);
        const delivery = { status: "failed", attempts: 1, lastStatus: null, lastAttemptAt: 1 } as const;
        await records.recordDelivery(id, 1, delivery);
        expect(await acme.find(id)).toEqual(ended);
        expect(await acme.unstage(id)).toEqual(["key"]);
        clock.now += 1_000;
        expect([await acme.find(id), await acme.count()]).toEqual([null, 0]);
        expect(await records.removeExpired(10)).toBe(3);
      }));

    test("JobRecords.add() counts the waiting jobs of its owner alone", () =>
      withRecords(make, async ({ records }) => {
        const limits = { jobs: 1, items: 10 };
        for (const owner of ["", "acme", "beta"])
          await records.of(owner).add(jobFixture({ owner, waiting: 8 }), [], { limits });
        const refused = records.of("acme").add(jobFixture({ owner: "acme" }), [], { limits });
        await expect(refused).rejects.toMatchObject({ code: "too_many_jobs" });
      }));

    test("JobRecords.scan() and stalled() return the jobs of all owners", () =>
      withRecords(make, async ({ records, clock }) => {
        const jobs = ["b", "", "a"].map((owner, index) => jobFixture({ owner, createdAt: 1 + index }));
        for (const job of jobs) await records.of(job.owner).add(job, []);
        const ids = jobs.map(({ id }) => id);
        const page = await records.of("a").scan(null, 2);
        expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2));
        expect((await records.scan(ids[1] ?? null, 2)).map(({ id }) => id)).toEqual(ids.slice(2));
        const stalled = async () => (await records.stalled(3, { limit: 10 })).map(({ id }) => id);
        expect(await stalled()).toEqual(ids.slice(0, 2));
        await records.addItems(ids[1] ?? "", { ...batch(0, 1), isLast: false });
        await records.of("b").end(ids[0] ?? "", "cancelled", null);
        expect(await stalled()).toEqual([]);
        clock.now += 1_000;
        expect((await records.scan(null, 10)).map(({ id }) => id)).toEqual(ids.slice(1));
      }));

    test("JobRecords.stalled() returns jobs of all owners by id, and continues after one", () =>
      withRecords(make, async ({ records }) => {
        const jobs = ["a", "", "b", "a", ""].map((owner) => jobFixture({ owner, createdAt: 1 }));
        for (const job of jobs.toReversed()) await records.of(job.owner).add(job, []);
        const ids = jobs.map(({ id }) => id).toSorted();
        const stalled = async (after?: string) =>
          (await records.stalled(2, { limit: 2, after })).map(({ id }) => id);
        expect(await stalled()).toEqual(ids.slice(0, 2));
        expect(await stalled(ids[1])).toEqual(ids.slice(2, 4));
        expect(await stalled(ids[3])).toEqual(ids.slice(4));
      }));

    test("JobRecords.list() returns the newest first, by status, and continues after a job", () =>
      withRecords(make, async ({ records }) => {
        const jobs = [3, 2, 2, 1].map((createdAt) => jobFixture({ createdAt }));
        for (const job of jobs) await records.add(job, []);
        await records.end(jobs[3]?.id ?? "", "cancelled", null);
        const order = jobs.toSorted(
          (one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1),
        );
        const ids = order.map(({ id }) => id);
        const idsOf = async (query: Parameters<JobRecords["list"]>[0]) =>
          (await records.list(query)).map(({ id }) => id);
        expect(await idsOf({ limit: 10 })).toEqual(ids);
        expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2));
        expect(await idsOf({ limit: 10, after: order[1] })).toEqual(ids.slice(2));
        expect(await idsOf({ limit: 10, status: "queued" })).toEqual(ids.slice(0, 3));
        expect(await idsOf({ limit: 10, status: "cancelled" })).toEqual(ids.slice(3));
        expect(await idsOf({ limit: 10, status: "queued", after: order[1] })).toEqual(ids.slice(2, 3));
      }));

    test("JobRecords.listed() returns parts of the list until all entries are items", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, ["a", "b", "c"]);
        expect(await records.listed(job.id, 0, 2)).toEqual(["a", "b"]);
        expect(await records.listed(job.id, 2, 2)).toEqual(["c"]);
        await records.addItems(job.id, { ...batch(0, 2), isLast: false });
        expect(await records.listed(job.id, 2, 2)).toEqual(["c"]);
        await records.addItems(job.id, batch(2, 1));
        expect(await records.listed(job.id, 0, 2)).toEqual([]);
      }));

    test("JobRecords.addItems() adds each batch once, and begins the job", () =>
      withRecords(make, async ({ records, clock }) => {
        const job = jobFixture();
        await records.add(job, []);
        clock.now = 5_000;
        const first = { ...batch(0, 600), cursor: "c", isLast: false };
        const added = await records.addItems(job.id, first);
        expect(added).toMatchObject({ settled: 0, hasEnded: false });
        expect(added?.job).toMatchObject({
          status: "running",
          startedAt: 5_000,
          expandedTo: 600,
          cursor: "c",
          total: null,
        });
        expect(await records.addItems(job.id, first)).toBeNull();
        clock.now = 6_000;
        expect((await records.addItems(job.id, batch(600, 2)))?.job).toMatchObject({
          startedAt: 5_000,
          total: 602,
        });
        expect(await records.addItems(job.id, batch(602, 1))).toBeNull();
        const items = await records.items(job.id, { limit: 1_000 });
        expect(items.map(({ place }) => place)).toEqual(Array.from({ length: 602 }, (_, place) => place));
        expect(items[601]).toEqual({
          place: 601,
          source: { id: "601" },
          status: "queued",
          results: [],
          problem: null,
        });
      }));

    test("JobRecords.addItems() ends a job that has no items", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        const added = await records.addItems(job.id, batch(0, 0));
        expect(added).toMatchObject({ hasEnded: true, job: { status: "succeeded", total: 0 } });
      }));

    test("JobRecords.settle() counts each item once and ends the job with the last one, once", () =>
      withRecords(make, async ({ records, clock }) => {
        const job = jobFixture();
        await records.add(job, []);
        await records.addItems(job.id, batch(0, 3));
        const failed: SettledItem = { place: 1, results: [RESULT], problem: PROBLEM };
        const first = await records.settle(job.id, [well(0), failed]);
        expect(first).toMatchObject({
          settled: 2,
          hasEnded: false,
          job: { succeeded: 1, failed: 1, status: "running" },
        });
        expect(await records.settle(job.id, [well(1), well(0)])).toMatchObject({
          settled: 0,
          job: { succeeded: 1, failed: 1 },
        });
        clock.now = 7_000;
        const last = await records.settle(job.id, [well(1), well(2), { ...well(2), problem: PROBLEM }]);
        expect(last).toMatchObject({ settled: 1, hasEnded: true });
        expect(last?.job).toMatchObject({
          status: "partially_failed",
          succeeded: 2,
          failed: 1,
          finishedAt: 7_000,
          expiresAt: 8_000,
        });
        expect(await records.settle(job.id, [well(2)])).toMatchObject({ settled: 0, hasEnded: false });
        const items = await records.items(job.id, { limit: 10 });
        expect(items.map(({ status }) => status)).toEqual(["succeeded", "failed", "succeeded"]);
        expect(items[1]).toMatchObject({ results: [RESULT], problem: PROBLEM });
        expect(await records.settle(jobFixture().id, [])).toBeNull();
      }));

    test("JobRecords.settle() keeps a job running until all sources are found, and the last batch ends it", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        await records.addItems(job.id, { ...batch(0, 1), isLast: false });
        expect(await records.settle(job.id, [well(0)])).toMatchObject({
          hasEnded: false,
          job: { status: "running" },
        });
        expect(await records.addItems(job.id, batch(1, 0))).toMatchObject({
          hasEnded: true,
          job: { status: "succeeded", total: 1 },
        });
      }));

    test("JobRecords.settle() ends a job once, also when called concurrently", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        await records.addItems(job.id, batch(0, 40));
        const places = Array.from({ length: 40 }, (_, place) => place);
        const settlements = await Promise.all(
          [...places, ...places].map((place) => records.settle(job.id, [well(place)])),
        );
        expect(settlements.filter((settlement) => settlement?.settled)).toHaveLength(40);
        expect(settlements.filter((settlement) => settlement?.hasEnded)).toHaveLength(1);
        expect(await records.find(job.id)).toMatchObject({ status: "succeeded", succeeded: 40 });
      }));

    test("JobRecords.items() returns parts by place and status", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        await records.addItems(job.id, batch(0, 6));
        await records.settle(job.id, [well(1), well(3), { ...well(4), problem: PROBLEM }]);
        const places = async (query: Partial<Parameters<JobRecords["items"]>[1]>) =>
          (await records.items(job.id, { limit: 10, ...query })).map(({ place }) => place);
        expect(await places({ from: 2, limit: 2 })).toEqual([2, 3]);
        expect(await places({ from: 1, before: 3 })).toEqual([1, 2]);
        expect(await places({ status: "succeeded" })).toEqual([1, 3]);
        expect(await places({ status: "succeeded", from: 2 })).toEqual([3]);
        expect(await places({ status: "failed" })).toEqual([4]);
        expect(await places({ status: "queued", before: 5 })).toEqual([0, 2]);
        expect(await places({ status: "cancelled" })).toEqual([]);
      }));

    test("JobRecords.end() cancels waiting items, and items in progress still count", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, ["a", "b", "c"]);
        await records.addItems(job.id, { ...batch(0, 2), isLast: false });
        expect(await records.end(job.id, "cancelled", null)).toMatchObject({
          hasEnded: true,
          job: { status: "cancelled", total: 2 },
        });
        expect(await records.end(job.id, "failed", PROBLEM)).toMatchObject({
          hasEnded: false,
          job: { status: "cancelled", problem: null },
        });
        expect(await records.addItems(job.id, batch(2, 1))).toBeNull();
        expect(await records.listed(job.id, 0, 3)).toEqual([]);
        expect(await records.settle(job.id, [well(0)])).toMatchObject({
          settled: 1,
          hasEnded: false,
          job: { status: "cancelled", succeeded: 1 },
        });
        const items = await records.items(job.id, { limit: 10 });
        expect(items.map(({ status }) => status)).toEqual(["succeeded", "cancelled"]);
        expect(await records.items(job.id, { limit: 10, status: "cancelled" })).toHaveLength(1);
        expect(await records.items(job.id, { limit: 10, status: "queued" })).toEqual([]);
        expect(await records.end(jobFixture().id, "cancelled", null)).toBeNull();
      }));

    test("JobRecords.retry() and requeue() retry failed items in batches, each once", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture();
        await records.add(job, []);
        await records.addItems(job.id, batch(0, 5));
        expect((await records.retry(job.id))?.run).toBe(1);
        const failed = (place: number): SettledItem => ({ ...well(place), problem: PROBLEM });
        await records.settle(job.id, [failed(0), well(1), failed(2), failed(3), well(4)]);
        const again = await records.retry(job.id);
        expect(again).toMatchObject({
          status: "running",
          run: 2,
          finishedAt: null,
          expiresAt: null,
          failed: 3,
          total: 5,
        });
        expect((await records.retry(job.id))?.run).toBe(2);
        const first = { run: 2, from: 0, limit: 2 };
        expect(await records.requeue(job.id, first)).toMatchObject({
          failed: 1,
          expandedTo: 3,
          isExpanded: false,
        });
        expect(await records.requeue(job.id, first)).toBeNull();
        expect(await records.settle(job.id, [well(0), well(2)])).toMatchObject({
          settled: 2,
          hasEnded: false,
        });
        expect(await records.requeue(job.id, { ...first, from: 3 })).toMatchObject({
          failed: 0,
          isExpanded: true,
        });
        expect((await records.items(job.id, { limit: 1, from: 3 }))[0]).toMatchObject({
          status: "queued",
          results: [RESULT],
          problem: null,
        });
        expect(await records.settle(job.id, [well(3)])).toMatchObject({
          hasEnded: true,
          job: { succeeded: 5, failed: 0, run: 2 },
        });
        expect((await records.retry(job.id))?.status).toBe("succeeded");
      }));

    test("JobRecords.recordDelivery() records the webhook delivery of the current run only", () =>
      withRecords(make, async ({ records }) => {
        const job = jobFixture({ webhook: "https://example.com/" });
        await records.add(job, []);
        const delivery = { status: "pending", attempts: 1, lastStatus: 500, lastAttemptAt: 2 } as const;
        await records.recordDelivery(job.id, 1, delivery);
        await records.recordDelivery(job.id, 2, null);
        expect((await records.find(job.id))?.webhookDelivery).toEqual(delivery);
        await records.addItems(job.id, batch(0, 1));
        await records.settle(job.id, [{ place: 0, results: [], problem: PROBLEM }]);
        expect((await records.find(job.id))?.webhookDelivery).toEqual(delivery);
        expect((await records.retry(job.id))?.webhookDelivery).toBeNull();
        await records.recordDelivery(job.id, 1, delivery);
        expect((await records.find(job.id))?.webhookDelivery).toBeNull();
      }));

    test("JobRecords.staged() returns keys of jobs that have not ended, and unstage() those of an ended one, once", () =>
      withRecords(make, async ({ records }) => {
        const [job, other] = [jobFixture(), jobFixture()];
        const keys = Array.from({ length: 1_100 }, (_, index) => `key ${index}`);
        await records.add(job, [], { staged: keys });
        await records.add(other, [], { staged: ["other"] });
        expect(records.add(job, [], { staged: ["late"] })).rejects.toThrow();
        expect(await records.staged([...keys, "other", "unknown", "late"])).toEqual(
          new Set([...keys, "other"]),
        );
        expect(await records.staged([])).toEqual(new Set());
        expect(await records.unstage(job.id)).toEqual([]);
        await records.addItems(job.id, batch(0, 1));
        expect(await records.unstage(job.id)).toEqual([]);
        await records.settle(job.id, [well(0)]);
        expect(await records.staged([...keys, "other"])).toEqual(new Set(["other"]));
        expect((await records.unstage(job.id)).toSorted()).toEqual(keys.toSorted());
        expect(await records.unstage(job.id)).toEqual([]);
        expect(await records.staged(["other"])).toEqual(new Set(["other"]));
        await records.end(other.id, "cancelled", null);
        expect(await records.unstage(other.id)).toEqual(["other"]);
        expect(await records.unstage(jobFixture().id)).toEqual([]);
      }));

    test("JobRecords.add() rejects jobs beyond the limit of waiting jobs or items, and records nothing", () =>
      withRecords(make, async ({ records }) => {
        const limits = { jobs: 3, items: 10 };
        const add = (waiting: number, job = jobFixture({ waiting })) =>
          records.add(job, [], { staged: [`key of ${job.id}`], limits }).then(() => job);
        const refusal = (limit: number) => ({ code: "too_many_jobs", details: { limit, retryAfter: 30 } });
        const first = await add(7);
        const refused = jobFixture({ waiting: 4 });
        await expect(add(4, refused)).rejects.toMatchObject(refusal(10));
        const left = [await records.find(refused.id), await records.staged([`key of ${refused.id}`])];
        expect(left).toEqual([null, new Set()]);
        const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => add(1)));
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
        await expect(add(0)).rejects.toMatchObject(refusal(3));
        await records.end(first.id, "cancelled", null);
        await add(8);
      }));

    test("JobRecords count the waiting items of a job: listed, found, settled and retried", () =>
      withRecords(make, async ({ records }) => {
        const limits = { jobs: 10, items: 5 };
        const job = jobFixture({ waiting: 3 });
        await records.add(job, ["a", "b", "c"]);
        const waiting = async () => (await records.find(job.id))?.waiting;
        await records.addItems(job.id, { ...batch(0, 2), isLast: false });
        expect(await waiting()).toBe(3);
        await records.addItems(job.id, batch(2, 2));
        expect(await waiting()).toBe(4);
        const failed = { results: [], problem: PROBLEM };
        await records.settle(job.id, [well(0), { place: 1, ...failed }, { place: 2, ...failed }]);
        expect(await waiting()).toBe(1);
        await records.settle(job.id, [well(3)]);
        const other = jobFixture({ waiting: 4 });
        await records.add(other, [], { limits });
        await expect(records.retry(job.id, limits)).rejects.toMatchObject({ code: "too_many_jobs" });
        expect(await records.find(job.id)).toMatchObject({ status: "partially_failed", run: 1 });
        await records.end(other.id, "cancelled", null);
        await records.retry(job.id, limits);
        await records.requeue(job.id, { run: 2, from: 0, limit: 10 });
        expect(await waiting()).toBe(2);
      }));

    test("JobRecords.removeExpired() removes the staged keys of a job", () =>
      withRecords(make, async ({ records, clock }) => {
        const job = jobFixture();
        await records.add(job, [], { staged: ["a"] });
        await records.end(job.id, "failed", PROBLEM);
        clock.now += 1_000;
        expect(await records.removeExpired(4)).toBe(1);
        await records.add(job, [], { staged: ["a"] });
        expect(await records.staged(["a"])).toEqual(new Set(["a"]));
      }));

    test("JobRecords.expire() expires an ended job at once, and no other", () =>
      withRecords(make, async ({ records }) => {
        const [ended, other] = [jobFixture(), jobFixture()];
        for (const job of [ended, other]) await records.add(job, []);
        await records.end(ended.id, "cancelled", null);
        expect(await records.expire(ended.id)).toMatchObject({ id: ended.id, status: "cancelled" });
        expect(await records.expire(other.id)).toMatchObject({ id: other.id, status: "queued" });
        expect((await records.list({ limit: 10 })).map(({ id }) => id)).toEqual([other.id]);
        expect(await records.expire(ended.id)).toBeNull();
        expect(await records.removeExpired(10)).toBe(1);
      }));

    test("JobRecords.removeExpired() removes items and jobs in batches, and expired jobs are not found", () =>
      withRecords(make, async ({ records, clock }) => {
        const [expired, other] = [jobFixture({ createdAt: 1 }), jobFixture({ createdAt: 2 })];
        for (const job of [expired, other]) {
          await records.add(job, []);
          await records.addItems(job.id, batch(0, 5));
        }
        await records.end(expired.id, "cancelled", null);
        clock.now += 999;
        expect(await records.find(expired.id)).not.toBeNull();
        expect(await records.removeExpired(4)).toBe(0);
        clock.now += 1;
        expect(await records.find(expired.id)).toBeNull();
        expect((await records.list({ limit: 10 })).map(({ id }) => id)).toEqual([other.id]);
        expect(await records.items(expired.id, { limit: 10 })).toEqual([]);
        expect(await records.settle(expired.id, [well(0)])).toBeNull();
        expect(await records.removeExpired(4)).toBe(4);
        expect(await records.removeExpired(4)).toBe(2);
        expect(await records.removeExpired(4)).toBe(0);
        expect(await records.items(other.id, { limit: 10 })).toHaveLength(5);
      }));
  });
}

interface Scene {
  readonly records: JobRecords;
  /** The test sets it. */
  readonly clock: { now: number };
}

async function withRecords(make: MakeJobRecords, work: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = { now: 1_000 };
  await using under = await make(() => clock.now);
  await work({ records: under.records, clock });
}

function batch(from: number, count: number) {
  const sources: readonly ItemSource[] = Array.from({ length: count }, (_, index) => ({
    id: String(from + index),
  }));
  return { run: 1, from, sources, cursor: null, isLast: true };
}

function well(place: number): SettledItem {
  return { place, results: [RESULT], problem: null };
}
