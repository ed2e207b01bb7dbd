import { describe, expect, test } from "bun:test";
import type { ItemListQuery, Job, JobItem, JobItemStatus } from "@progimage/core";
import { eventIdOf, positionId, readEventId } from "./job_event_id.ts";
import { JobItemFeed } from "./job_item_feed.ts";

/** Returns a job of `count` items, which the test settles. */
function jobOf(count: number) {
  const statuses = Array.from({ length: count }, (): JobItemStatus => "queued");
  const queries: ItemListQuery[] = [];
  const find = async (_id: string, query: ItemListQuery) => {
    queries.push(query);
    const { from = 0, before = count, limit } = query;
    const places = [...statuses.keys()].filter((place) => place >= from && place < before);
    return places.slice(0, limit).map((place) => ({ place, status: statuses[place] }) as JobItem);
  };
  const job = { id: "job", run: 1, expandedTo: count, succeeded: 0, failed: 0, status: "running" } as Job;
  const settle = (...places: readonly number[]) => places.forEach((place) => (statuses[place] = "succeeded"));
  return { job, find, queries, settle, statuses };
}

/** Returns the places of the items of a feed, until the feed waits for a change of the job. */
async function drain(feed: JobItemFeed, job: Job): Promise<readonly number[]> {
  const places: number[] = [];
  do for (const { item } of await feed.next(job)) places.push(item.place);
  while (feed.isBehind);
  return places;
}

const range = (from: number, before: number) =>
  Array.from({ length: before - from }, (_, index) => from + index);

describe("JobItemFeed", () => {
  test("gives each item once it is settled, and does not wait for a slow one before it", async () => {
    const { job, find, settle } = jobOf(10);
    const feed = new JobItemFeed(job, { find });
    for (const [settled, given] of [
      [
        [2, 1],
        [1, 2],
      ],
      [[5], [5]],
      [[], []],
      [
        [0, 9],
        [0, 9],
      ],
      [
        [3, 4, 6, 7, 8],
        [3, 4, 6, 7, 8],
      ],
    ] as const) {
      settle(...settled);
      feed.update(job);
      expect(await drain(feed, job)).toEqual([...given]);
    }
    expect(feed.position).toEqual({ from: 10, behind: [] });
  });

  test("reads a window at a time, four times a second, for any number of items", async () => {
    const { job, find, queries, settle } = jobOf(100_000);
    settle(...range(1, 100_000));
    const feed = new JobItemFeed(job, { find });
    expect(await drain(feed, job)).toEqual(range(1, 100));
    expect(queries).toEqual([{ from: 0, before: 100, limit: 100 }]);
    expect(feed.pause).toBeWithin(200, 251);
    settle(0);
    feed.update(job);
    expect((await feed.next(job)).length).toBe(1);
    expect((await feed.next(job)).map(({ item }) => item.place)).toEqual(range(100, 200));
    expect([feed.isBehind, queries.length]).toEqual([true, 3]);
  });

  test("goes on from the id of any event without losing or repeating an item", async () => {
    const { job, find, settle } = jobOf(300);
    settle(...range(0, 300).filter((place) => place % 3 > 0 || place > 250));
    const first = await new JobItemFeed(job, { find }).next(job);
    const given = first.map(({ item }) => item.place);
    for (const [index, { position }] of first.entries()) {
      const id = eventIdOf(job) + positionId(position);
      expect(id.length).toBeLessThan(40);
      const seen = readEventId(id);
      expect(seen).toEqual({ shown: "1.0", run: 1, settled: 0, items: position });
      const next = await new JobItemFeed(job, { find, sent: seen?.items }).next(job);
      expect(next.map(({ item }) => item.place).slice(0, 5)).toEqual(given.slice(index + 1, index + 6));
    }
  });

  test("skips cancelled items, and starts again with a new attempt, as far as it has items", async () => {
    const { job, find, settle, statuses } = jobOf(200);
    settle(0, 199);
    for (const place of range(1, 199)) statuses[place] = "cancelled";
    const feed = new JobItemFeed(job, { find });
    expect(await drain(feed, job)).toEqual([0, 199]);
    const again = { ...job, run: 2, expandedTo: 1 };
    feed.update(again);
    expect(await drain(feed, again)).toEqual([0]);
    expect(feed.position).toEqual({ from: 1, behind: [] });
  });

  test.each([null, "", "what?", "1", "1.2;", "1.2;x", "1.2;3-", "1.2;3-!", `1.2;3-${"A".repeat(23)}`])(
    "refuses %j as the id of an event",
    (text) => expect(readEventId(text)).toBeNull(),
  );
});
