import { describe, expect, test } from "bun:test";
import { inOrder } from "./in_order.ts";

describe("inOrder()", () => {
  test("yields results in the order in which their work was started", async () => {
    const works = [1, 2, 3].map(() => Promise.withResolvers<number>());
    const results = inOrder<number>(
      async (add) => {
        for (const { promise } of works) await add(promise);
      },
      { atATime: 3 },
    );
    works[2]?.resolve(3);
    works[1]?.resolve(2);
    const first = results.next();
    works[0]?.resolve(1);
    expect(await first).toEqual({ value: 1, done: false });
    expect(await Array.fromAsync(results)).toEqual([2, 3]);
  });

  test("yields each result once it is done, before the next one has started", async () => {
    const later = Promise.withResolvers<void>();
    const results = inOrder<string>(
      async (add) => {
        await add(Promise.resolve("now"));
        await later.promise;
        await add(Promise.resolve("later"));
      },
      { atATime: 8 },
    );
    expect(await results.next()).toEqual({ value: "now", done: false });
    later.resolve();
    expect(await Array.fromAsync(results)).toEqual(["later"]);
  });

  test("keeps to its concurrency limit, and to its limit of waiting results", async () => {
    let running = 0;
    let most = 0;
    let begun = 0;
    const work = async (number: number) => {
      most = Math.max(most, ++running);
      await Bun.sleep(1);
      running--;
      return number;
    };
    const results = inOrder<number>(
      async (add) => {
        for (; begun < 50; begun++) await add(work(begun));
      },
      { atATime: 4, ahead: 2 },
    );
    let taken = 0;
    for await (const number of results) {
      expect(number).toBe(taken++);
      expect(begun - taken).toBeLessThanOrEqual(6);
    }
    expect([taken, most]).toEqual([50, 4]);
  });

  test("yields the results of started work before it throws the error of begin", async () => {
    const results = inOrder<number>(
      async (add) => {
        await add(Promise.resolve(1));
        throw new Error("no more");
      },
      { atATime: 2 },
    );
    expect(await results.next()).toEqual({ value: 1, done: false });
    await expect(results.next()).rejects.toThrow("no more");
  });

  test("starts no more work once the consumer has left, and finishes started work", async () => {
    let begun = 0;
    let finished = 0;
    const work = async () => {
      begun++;
      await Bun.sleep(1);
      finished++;
    };
    const results = inOrder<void>(
      async (add) => {
        for (let count = 0; count < 50; count++) await add(work());
      },
      { atATime: 3, ahead: 1 },
    );
    await results.next();
    await results.return();
    expect(begun).toBeLessThan(10);
    expect(finished).toBe(begun);
  });
});
