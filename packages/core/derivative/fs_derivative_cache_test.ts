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
