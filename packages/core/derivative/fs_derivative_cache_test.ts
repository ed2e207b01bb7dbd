import { expect, test } from "bun:test";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "../testing_folder.ts";
import { derivativeKey, type DerivativeIdentity } from "./derivative_key.ts";
import { FsDerivativeCache } from "./fs_derivative_cache.ts";

const IDENTITY: DerivativeIdentity = {
  image: { sha256: "ab".repeat(32), generation: 0 },
  steps: [{ transform: "resize", params: { width: 10 } }],
  format: "webp",
  versions: [1],
  fingerprint: "vips 8.18.7 x64",
};

async function keepBytes(cache: FsDerivativeCache, name: string, bytes: number): Promise<string> {
  const key = derivativeKey({ ...IDENTITY, fingerprint: name });
  const path = cache.newPath();
  await Bun.write(path, new Uint8Array(bytes));
  await cache.keep(key, path, bytes);
  return key;
}

test("derivativeKey() changes with everything that decides over the bytes", () => {
  const others: Partial<DerivativeIdentity>[] = [
    { image: { sha256: "cd".repeat(32), generation: 0 } },
    { image: { sha256: "ab".repeat(32), generation: 1 } },
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
    expect(Bun.file((await each.find(key)) ?? "").size).toBe(10);
  }
});

test("FsDerivativeCache does not find an empty file, as a power cut may leave", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 1_000 });
  await cache.prepare();
  expect(await cache.find(await keepBytes(cache, "a", 0))).toBeNull();
});

test("FsDerivativeCache evicts what was longest unused until it fits", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(folder.path, { capacity: 100 });
  await cache.prepare();
  const keys: string[] = [];
  for (let count = 0; count < 4; count++) {
    const key = await keepBytes(cache, String(count), 25);
    keys.push(key);
    const usedAt = 1_000 + count;
    await utimes((await cache.find(key)) ?? "", usedAt, usedAt);
  }
  expect(await cache.evict()).toBe(0);
  expect(await cache.find(keys[0] ?? "")).not.toBeNull(); // used just now
  keys.push(await keepBytes(cache, "4", 25));
  await cache.evict();
  const found = await Promise.all(keys.map(async (key) => (await cache.find(key)) !== null));
  expect(found).toEqual([true, false, false, true, true]);
});

test("FsDerivativeCache sweeps renders that nobody finished", async () => {
  await using folder = await testFolder();
  const cache = new FsDerivativeCache(join(folder.path, "derivatives"), { capacity: 100 });
  await cache.prepare();
  const path = cache.newPath();
  await Bun.write(path, "half");
  await utimes(path, 1, 1);
  expect(await cache.sweep(Date.now() - 1_000)).toBe(1);
});

/** A cache with derivatives of the sources `aa…`, `ab…` and `ac…`, two of each. */
async function cacheOfThree(folder: string) {
  const cache = new FsDerivativeCache(folder, { capacity: 1_000 });
  await cache.prepare();
  const keys = new Map<string, readonly string[]>();
  for (const sha256 of ["aa".repeat(32), `aa${"b".repeat(62)}`, "ac".repeat(32)]) {
    const made = [1, 2].map((version) =>
      derivativeKey({ ...IDENTITY, image: { sha256, generation: 0 }, versions: [version] }),
    );
    for (const key of made) {
      const path = cache.newPath();
      await Bun.write(path, "pixels");
      await cache.keep(key, path, 6);
    }
    keys.set(sha256, made);
  }
  const found = async (sha256: string) => {
    const paths = await Promise.all((keys.get(sha256) ?? []).map((key) => cache.find(key)));
    return paths.filter((path) => path !== null);
  };
  return { cache, digests: [...keys.keys()] as [string, string, string], found };
}

test("FsDerivativeCache.forget() removes all derivatives of the sources that it is given, and no others", async () => {
  await using folder = await testFolder();
  const { cache, digests, found } = await cacheOfThree(folder.path);
  const [one, two, three] = digests;
  expect(await cache.forget([one, one, "99".repeat(32)])).toBe(2);
  expect(await found(one)).toEqual([]);
  expect(await found(two)).toHaveLength(2);
  expect(await cache.forget([two.slice(0, 32), three.slice(0, 32)])).toBe(4);
  expect(await cache.forget([])).toBe(0);
});

test("FsDerivativeCache.forget() leaves what has been used since a time", async () => {
  await using folder = await testFolder();
  const { cache, digests, found } = await cacheOfThree(folder.path);
  const [one] = digests;
  const [old = ""] = await found(one);
  await utimes(old, 1_000, 1_000);
  expect(await cache.forget([one], { unusedSince: 1_000_000 })).toBe(0);
  expect(await cache.forget([one], { unusedSince: 1_000_001 })).toBe(1);
  expect(await found(one)).toHaveLength(1);
});

test("FsDerivativeCache.clear() removes all derivatives, but not what is being rendered", async () => {
  await using folder = await testFolder();
  const { cache, digests, found } = await cacheOfThree(folder.path);
  const rendering = cache.newPath();
  await Bun.write(rendering, "half");
  expect(await cache.clear()).toBe(6);
  for (const sha256 of digests) expect(await found(sha256)).toEqual([]);
  expect(await Bun.file(rendering).exists()).toBe(true);
  expect(await cache.clear()).toBe(0);
});

test("FsDerivativeCache.sources() gives each source of a shard once", async () => {
  await using folder = await testFolder();
  const { cache, digests } = await cacheOfThree(folder.path);
  const beginnings = digests.map((sha256) => sha256.slice(0, 32));
  expect((await cache.sources("aa")).toSorted()).toEqual(beginnings.slice(0, 2).toSorted());
  expect(await cache.sources("ac")).toEqual(beginnings.slice(2));
  expect(await cache.sources("99")).toEqual([]);
});
