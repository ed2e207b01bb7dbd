import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import type { DerivativeCache } from "./derivative_cache.ts";
import { derivativeKey, sourceOf } from "./derivative_key.ts";
import { publishSealed } from "./sealed_file.ts";

/** A cache for one test. */
export interface DerivativeCacheUnderTest {
  readonly cache: DerivativeCache;
  /** Resolves when kept derivatives are in their final place. */
  readonly settled?: () => Promise<void>;
}

/** Makes an empty cache with room for at least a thousand bytes. */
export type MakeDerivativeCache = () => Promise<DerivativeCacheUnderTest> | DerivativeCacheUnderTest;

const [ONE, TWO, THREE] = ["aa".repeat(32), `aa${"b".repeat(62)}`, "ac".repeat(32)] as const;

const source = (sha256: string, owner = "") => sourceOf({ owner, sha256 });

/** Tests the contract of {@linkcode DerivativeCache}. */
export function derivativeCacheContract(name: string, makeCache: MakeDerivativeCache): void {
  describe(`${name} as a DerivativeCache`, () => {
    test("find() and recall() give what was kept, and null for the rest", async () => {
      const { cache } = await makeCache();
      const key = keyOf(ONE);
      expect([await cache.find(key), cache.recall(key)]).toEqual([null, null]);
      const kept = await keep(cache, key, "pixels");
      for (const found of [kept, await cache.find(key), cache.recall(key)]) {
        expect(found?.bytes).toBe(6);
        expect(await new Response(found?.content).text()).toBe("pixels");
      }
    });

    test("abandon() leaves nothing to be found", async () => {
      const { cache } = await makeCache();
      const key = keyOf(ONE);
      const { output, abandon } = await cache.reserve(key);
      await Bun.write(output, "half");
      await abandon();
      expect(await cache.find(key)).toBeNull();
      expect(await Bun.file(output).exists()).toBe(false);
      await (await cache.reserve(key)).abandon({ isEmpty: true });
    });

    test("forget() removes all derivatives of its sources, and no others", async () => {
      const { cache, found } = await cacheOfThree(makeCache);
      expect(await cache.forget([source(ONE), source(ONE), "99".repeat(16)])).toBe(2);
      expect(await found()).toEqual([0, 2, 2]);
      expect(await cache.forget([source(TWO), source(THREE)])).toBe(4);
      expect(await found()).toEqual([0, 0, 0]);
      expect(await cache.forget([])).toBe(0);
    });

    test("forget() and clear() keep derivatives used since a time", async () => {
      const { cache, found } = await cacheOfThree(makeCache);
      const unusedSince = Date.now() - 60_000;
      expect(await cache.forget([source(ONE)], { unusedSince })).toBe(0);
      expect(await cache.clear("", { unusedSince })).toBe(0);
      expect(await found()).toEqual([2, 2, 2]);
      expect(await cache.forget([source(ONE)], { unusedSince: Date.now() + 60_000 })).toBe(2);
    });

    test("clear() removes all derivatives of an owner", async () => {
      const { cache, found } = await cacheOfThree(makeCache);
      expect(await cache.clear("")).toBe(6);
      expect(await found()).toEqual([0, 0, 0]);
      expect(await cache.clear("")).toBe(0);
    });

    test("forget() and clear() of one owner keep the derivatives of another with the same bytes", async () => {
      const { cache, settled } = await makeCache();
      const owners = ["", "one", "two"];
      const keys = owners.map((owner) => keyOf(ONE, owner));
      for (const key of keys) await keep(cache, key, "pixels");
      await settled?.();
      const found = async () => {
        const derivatives = await Promise.all(keys.map((key) => cache.find(key)));
        return owners.filter((_, index) => derivatives[index]);
      };
      const sources = owners.map((owner) => source(ONE, owner)).toSorted();
      expect((await cache.sources("aa")).toSorted()).toEqual(sources);
      expect(await cache.forget([source(ONE, "two")])).toBe(1);
      expect(await found()).toEqual(["", "one"]);
      await keep(cache, keys[2] ?? "", "pixels");
      await settled?.();
      expect(await cache.clear("")).toBe(1);
      expect(await found()).toEqual(["one", "two"]);
      expect(await cache.clear("one")).toBe(1);
      expect(await found()).toEqual(["two"]);
    });

    test("sources() gives each source of a shard once", async () => {
      const { cache } = await cacheOfThree(makeCache);
      expect((await cache.sources("aa")).toSorted()).toEqual([ONE.slice(0, 32), TWO.slice(0, 32)]);
      expect(await cache.sources("ac")).toEqual([THREE.slice(0, 32)]);
      expect(await cache.sources("99")).toEqual([]);
    });

    test("only a key becomes part of a path", async () => {
      const { cache } = await makeCache();
      for (const key of ["../../etc/passwd", "", ONE, `${keyOf(ONE)}/..`]) {
        await expect(cache.find(key)).rejects.toThrow(TypeError);
        await expect(cache.reserve(key)).rejects.toThrow(TypeError);
      }
    });
  });
}

async function cacheOfThree(makeCache: MakeDerivativeCache) {
  const { cache, settled } = await makeCache();
  const keys = [ONE, TWO, THREE].map((sha256) => [keyOf(sha256), keyOf(sha256)]);
  for (const key of keys.flat()) await keep(cache, key, "pixels");
  await settled?.();
  const found = async () => {
    const counts: number[] = [];
    for (const some of keys) {
      const derivatives = await Promise.all(some.map((key) => cache.find(key)));
      counts.push(derivatives.filter((derivative) => derivative !== null).length);
    }
    return counts;
  };
  return { cache, found };
}

async function keep(cache: DerivativeCache, key: string, text: string) {
  const place = await cache.reserve(key);
  await Bun.write(place.output, text);
  publishSealed(place.output, place.target, text.length);
  return await place.keep(text.length);
}

/** Returns another key of the same source on each call. */
function keyOf(sha256: string, owner = ""): string {
  const image = { owner, sha256, generation: 0 };
  return derivativeKey({ image, steps: [], format: "webp", versions: [], fingerprint: randomUUID() });
}
