import { afterAll, expect, test } from "bun:test";
import { readdir, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { testFolder, type TestFolder } from "../testing/testing_folder.ts";
import { derivativeCacheContract } from "./derivative_cache_contract.ts";
import { derivativeKey, type DerivativeIdentity, sourceOf } from "./derivative_key.ts";
import { FsDerivativeCache } from "./fs_derivative_cache.ts";
import { publishSealed } from "./sealed_file.ts";
import { flipBit } from "../testing/testing_damage.ts";

const IDENTITY: DerivativeIdentity = {
  image: { owner: "", sha256: "ab".repeat(32), generation: 0 },
  steps: [{ transform: "resize", params: { width: 10 } }],
  format: "webp",
  versions: [1],
  fingerprint: "vips 8.18.7 x64",
};

const contractFolder = await testFolder();
afterAll(() => contractFolder[Symbol.asyncDispose]());

derivativeCacheContract("FsDerivativeCache", async () => {
  const cache = new FsDerivativeCache(join(contractFolder.path, crypto.randomUUID()), { capacity: 10_000 });
  await cache.prepare();
  return { cache };
});

async function keepBytes(cache: FsDerivativeCache, name: string, bytes: number): Promise<string> {
  const key = derivativeKey({ ...IDENTITY, fingerprint: name });
  const place = await cache.reserve(key);
  await Bun.write(place.output, new Uint8Array(bytes));
  publishSealed(place.output, place.target, bytes);
  await place.keep(bytes);
  return key;
}

test("derivativeKey() changes with everything that determines the bytes", () => {
  const others: Partial<DerivativeIdentity>[] = [
    { image: { owner: "", sha256: "cd".repeat(32), generation: 0 } },
    { image: { owner: "", sha256: "ab".repeat(32), generation: 1 } },
    { image: { owner: "one", sha256: "ab".repeat(32), generation: 0 } },
    { image: { owner: "two", sha256: "ab".repeat(32), generation: 0 } },
    { steps: [] },
    { steps: [{ transform: "resize", params: { width: 11 } }] },
    { format: "avif" },
    { versions: [2] },
    { fingerprint: "vips 8.18.8 x64" },
  ];
  const keys = [IDENTITY, ...others.map((other) => ({ ...IDENTITY, ...other }))].map(derivativeKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(derivativeKey({ ...IDENTITY })).toBe(keys[0] ?? "");
  expect(keys[0]).toMatch(/^(ab){16}-[0-9a-f]{64}$/);
});

test("FsDerivativeCache finds what it keeps, also after a restart", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 1_000 });
  await cache.prepare();
  expect(await cache.find(derivativeKey(IDENTITY))).toBeNull();
  const key = await keepBytes(cache, "a", 10);
  for (const each of [cache, new FsDerivativeCache(folder.path, { capacity: 1_000 })]) {
    const found = await each.find(key);
    expect(found?.bytes).toBe(10);
    expect(await new Response(found?.content).bytes()).toEqual(new Uint8Array(10));
  }
});

test("FsDerivativeCache does not find a file that a power cut has truncated", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 1_000 });
  await cache.prepare();
  for (const left of [0, 5, 19, 20, 21, 32, 39]) {
    const key = await keepBytes(cache, String(left), 20);
    await truncate(fileOf(folder, key), left);
    expect(await cache.find(key)).toBeNull();
  }
  const key = await keepBytes(cache, "overwritten", 20);
  await Bun.write(fileOf(folder, key), new Uint8Array(40));
  expect(await cache.find(key)).toBeNull();
});

test("FsDerivativeCache.find() removes a file with a flipped bit, after a restart and at once", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 10_000 });
  await cache.prepare();
  for (const inMemory of [0, 100]) {
    const key = await keepBytes(cache, String(inMemory), 20);
    const path = fileOf(folder, key);
    await flipBit(path, 7);
    const restarted = new FsDerivativeCache(folder.path, { capacity: 10_000, inMemory });
    expect(await restarted.find(key)).toBeNull();
    expect(await Bun.file(path).exists()).toBe(false);
    await keepBytes(cache, String(inMemory), 20);
    expect((await cache.find(key))?.bytes).toBe(20);
    await flipBit(path, 7);
    expect(cache.recall(key)).toBeNull();
    expect(await cache.find(key)).toBeNull();
  }
});

test("FsDerivativeCache.recall() gives null for a file that was truncated since, or not found yet", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 10_000 });
  await cache.prepare();
  for (const left of [0, 15, 30]) {
    const key = await keepBytes(cache, String(left), 20);
    expect(cache.recall(key)?.bytes).toBe(20);
    const restarted = new FsDerivativeCache(folder.path, { capacity: 10_000 });
    expect(restarted.recall(key)).toBeNull();
    expect((await restarted.find(key))?.bytes).toBe(20);
    expect(restarted.recall(key)?.bytes).toBe(20);
    await truncate(fileOf(folder, key), left);
    for (const each of [cache, restarted]) {
      expect(each.recall(key)).toBeNull();
      expect(await each.find(key)).toBeNull();
    }
  }
});

test("FsDerivativeCache.find() reads a small file once, and gives the bytes that it has checked", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 10_000, inMemory: 20 });
  await cache.prepare();
  const [small, large] = [await keepBytes(cache, "small", 20), await keepBytes(cache, "large", 21)];
  const restarted = new FsDerivativeCache(folder.path, { capacity: 10_000, inMemory: 20 });
  expect((await restarted.find(small))?.content).toBeInstanceOf(Uint8Array);
  expect((await restarted.find(large))?.content).toBeInstanceOf(Blob);
});

test("FsDerivativeCache evicts the least recently used files until the rest fits", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 400 });
  await cache.prepare();
  await cache.evict(); // scans the files; from now on the count is exact
  const keys: string[] = [];
  for (let count = 0; count < 4; count++) {
    const key = await keepBytes(cache, String(count), 72);
    keys.push(key);
    const usedAt = 1_000 + count;
    await utimes(fileOf(folder, key), usedAt, usedAt);
  }
  expect(await cache.evict()).toBe(0);
  expect(await cache.find(keys[0] ?? "")).not.toBeNull(); // used just now
  keys.push(await keepBytes(cache, "4", 72));
  await cache.evict();
  const found = await Promise.all(keys.map(async (key) => (await cache.find(key)) !== null));
  expect(found).toEqual([true, false, false, true, true]);
});

test("FsDerivativeCache never exceeds its capacity, even with many concurrent renders", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 5_000 });
  await cache.prepare();
  for (let round = 0; round < 20; round++) {
    const keep = (_: unknown, index: number) => keepBytes(cache, `${round}-${index}`, 100);
    await Promise.all(Array.from({ length: 10 }, keep));
    expect(await bytesBelow(folder.path)).toBeLessThanOrEqual(5_000);
  }
  expect(await bytesBelow(folder.path)).toBeGreaterThan(2_500);
});

test("FsDerivativeCache counts what others keep in the same folder", async () => {
  await using folder = await testFolder();
  const options = { capacity: 5_000, processes: 2 };
  const both = [0, 1].map(() => new FsDerivativeCache(folder.path, options));
  for (const cache of both) await cache.prepare();
  for (let round = 0; round < 100; round++) {
    for (const [index, cache] of both.entries()) await keepBytes(cache, `${index}-${round}`, 100);
    expect(await bytesBelow(folder.path)).toBeLessThanOrEqual(5_000);
  }
});

test("FsDerivativeCache sweeps unfinished renders", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(join(folder.path, "derivatives"), { capacity: 100 });
  await cache.prepare();
  const { output } = await cache.reserve(derivativeKey(IDENTITY));
  await Bun.write(output, "half");
  await utimes(output, 1, 1);
  expect(await cache.sweep(Date.now() - 1_000)).toBe(1);
});

/** Returns a cache with derivatives of the sources `aa…`, `ab…` and `ac…`, two of each. */
async function cacheOfThree(folder: string) {
  const cache = new FsDerivativeCache(folder, { capacity: 1_000 });
  await cache.prepare();
  const keys = new Map<string, readonly string[]>();
  for (const sha256 of ["aa".repeat(32), `aa${"b".repeat(62)}`, "ac".repeat(32)]) {
    const made = [1, 2].map((version) =>
      derivativeKey({ ...IDENTITY, image: { owner: "", sha256, generation: 0 }, versions: [version] }),
    );
    for (const key of made) {
      const place = await cache.reserve(key);
      await Bun.write(place.output, "pixels");
      publishSealed(place.output, place.target, 6);
      await place.keep(6);
    }
    keys.set(sha256, made);
  }
  const found = async (sha256: string) => {
    const made = keys.get(sha256) ?? [];
    const derivatives = await Promise.all(made.map((key) => cache.find(key)));
    return made.filter((_, index) => derivatives[index] !== null);
  };
  return { cache, digests: [...keys.keys()] as [string, string, string], found };
}

test("FsDerivativeCache.forget() keeps derivatives used since a time", async () => {
  await using folder = await testFolder();
  const { cache, digests, found } = await cacheOfThree(folder.path);
  const [one] = digests;
  const [old = ""] = await found(one);
  await utimes(fileOf(folder, old), 1_000, 1_000);
  expect(await cache.forget([sourceOf({ owner: "", sha256: one })], { unusedSince: 1_000_000 })).toBe(0);
  expect(await cache.forget([sourceOf({ owner: "", sha256: one })], { unusedSince: 1_000_001 })).toBe(1);
  expect(await found(one)).toHaveLength(1);
});

test("FsDerivativeCache.clear() removes all derivatives, but not unfinished renders", async () => {
  await using folder = await testFolder();
  const { cache, digests, found } = await cacheOfThree(folder.path);
  const { output: rendering } = await cache.reserve(derivativeKey(IDENTITY));
  await Bun.write(rendering, "half");
  expect(await cache.clear("")).toBe(6);
  for (const sha256 of digests) expect(await found(sha256)).toEqual([]);
  expect(await Bun.file(rendering).exists()).toBe(true);
  expect(await cache.clear("")).toBe(0);
});

function fileOf(folder: TestFolder, key: string): string {
  return join(folder.path, key.slice(0, 2), key);
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => Bun.file(join(parentPath, name)).size);
  return sizes.reduce((sum, size) => sum + size, 0);
}
