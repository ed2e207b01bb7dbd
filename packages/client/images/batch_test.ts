import { describe, expect, test } from "bun:test";
import { Batch } from "./batch.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";

const MISSING = "01890000-0000-7000-8000-000000000000";

describe("Batch", () => {
  test("that is awaited runs the call and returns a summary", async () => {
    await using server = testingServer();
    const client = server.client();
    const { id } = await client.images.upload(testingPng());
    expect(await client.images.select({ ids: [id, MISSING] }).delete()).toMatchObject({
      total: 2,
      succeeded: 1,
      failed: 1,
      problems: [{ code: "image_not_found" }],
    });
    expect(await client.images.find(id)).toBeNull();
  });

  test("that is neither awaited nor iterated runs to its end", async () => {
    await using server = testingServer();
    const client = server.client();
    const ids: string[] = [];
    for (let index = 0; index < 40; index++) ids.push((await client.images.upload(testingPng())).id);
    void client.images.select({ ids }).delete();
    const deadline = Date.now() + 10_000;
    while ((await client.images.list({ limit: 1 }).page()).items.length > 0)
      if (Date.now() > deadline) throw new Error("Cannot wait longer for images to be deleted");
  });

  test("returns all items, even after it has ended, and then a summary", async () => {
    const ended = Promise.withResolvers<void>();
    const batch = new Batch(() => itemsUpTo(100, (place) => place === 99 && ended.resolve()));
    await ended.promise;
    expect((await batch.items()).map(({ place }) => place)).toEqual([...Array(100).keys()]);
    expect(await batch).toMatchObject({ total: 100, failed: 34 });
  });

  test("reads only some items ahead of the iteration, and ends when the loop is left", async () => {
    let made = 0;
    let stopped: AbortSignal | undefined;
    const batch = new Batch((stop) => {
      stopped = stop;
      return itemsUpTo(1_000, () => made++);
    });
    for await (const { place } of batch) if (place === 5) break;
    expect(stopped?.aborted).toBe(true);
    expect((await batch).total).toBe(made);
    expect(made).toBeLessThan(30);
  });

  test("throws a failure of the whole call, however it is observed", async () => {
    await using busy = testingServer({ intercept: () => new TestingProblem(503, "busy").response() });
    const batch = () => busy.client().images.select({ all: true }).delete();
    const failure = { status: 503, code: "busy" };
    await expect(Promise.resolve(batch())).rejects.toMatchObject(failure);
    await expect(batch().items()).rejects.toMatchObject(failure);
    await expect(Array.fromAsync(batch())).rejects.toMatchObject(failure);
  });

  test("stops by its caller's signal", async () => {
    await using server = testingServer();
    const signal = AbortSignal.abort();
    const batch = server.client().images.select({ all: true }).delete({ signal });
    await expect(Promise.resolve(batch)).rejects.toMatchObject({ name: "AbortError" });
  });

  test("says that its results are gone if it is iterated too late", async () => {
    const awaited = new Batch(() => itemsUpTo(3));
    await awaited;
    expect(() => awaited[Symbol.asyncIterator]()).toThrow(/iterate immediately$/);
    const twice = new Batch(() => itemsUpTo(3));
    await twice.items();
    await expect(twice.items()).rejects.toBeInstanceOf(TypeError);
  });
});

async function* itemsUpTo(count: number, onEach: (place: number) => unknown = () => {}) {
  for (let place = 0; place < count; place++) {
    onEach(place);
    yield { status: place % 3 === 0 ? 404 : 200, place };
  }
}
