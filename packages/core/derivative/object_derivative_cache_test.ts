import { afterAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MemoryObjectStore } from "../object/memory_object_store.ts";
import type { ObjectStore } from "../object/object_store.ts";
import { Bucket } from "../s3/bucket.ts";
import { startFaultProxy } from "../s3/testing_fault_proxy.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { testFolder } from "../testing/testing_folder.ts";
import type { DerivativeCache } from "./derivative_cache.ts";
import { derivativeCacheContract } from "./derivative_cache_contract.ts";
import { derivativeKey } from "./derivative_key.ts";
import { FsDerivativeCache } from "./fs_derivative_cache.ts";
import { ObjectDerivativeCache } from "./object_derivative_cache.ts";
import { publishSealed } from "./sealed_file.ts";

const s3 = await sharedS3();

const folder = await testFolder();
afterAll(() => folder[Symbol.asyncDispose]());

async function node(objects: ObjectStore, backlog?: number) {
  const local = join(folder.path, crypto.randomUUID());
  const files = new FsDerivativeCache(local, { capacity: 1_000_000 });
  await files.prepare();
  return { local, cache: new ObjectDerivativeCache(files, objects, { prefix: "images/", backlog }) };
}

derivativeCacheContract("ObjectDerivativeCache in memory", async () => {
  const { cache } = await node(new MemoryObjectStore());
  return { cache, settled: () => cache.settled() };
});

describe.skipIf(s3 === null)("on S3", async () => {
  if (!s3) return;

  derivativeCacheContract("ObjectDerivativeCache", async () => {
    const { cache } = await node(new Bucket(await s3.freshBucket()));
    return { cache, settled: () => cache.settled() };
  });

  test("ObjectDerivativeCache gives what another node has rendered, and keeps it on its own disk", async () => {
    const bucket = new Bucket(await s3.freshBucket());
    const [one, other] = [await node(bucket), await node(bucket)];
    const key = await keep(one.cache, "1", "pixels");
    await one.cache.settled();
    expect(other.cache.recall(key)).toBeNull();
    const found = await Promise.all([other.cache.find(key), other.cache.find(key)]);
    for (const derivative of found) {
      expect(derivative?.bytes).toBe(6);
      expect(await new Response(derivative?.content).text()).toBe("pixels");
    }
    await bucket.remove(`images/derivatives/${key}`, "write");
    expect(await new Response((await other.cache.find(key))?.content).text()).toBe("pixels");
    expect(other.cache.recall(key)?.bytes).toBe(6);
  });

  test("S3DerivativeCache treats an empty, truncated, damaged or unsealed object as missing, and overwrites it", async () => {
    const bucket = new Bucket(await s3.freshBucket());
    const damages: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      () => new Uint8Array(0),
      (bytes) => bytes.subarray(0, 3),
      (bytes) => bytes.subarray(0, -1),
      (bytes) => bytes.subarray(0, 6),
      (bytes) => bytes.map((byte, index) => (index === 2 ? byte ^ 1 : byte)),
      (bytes) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)),
    ];
    for (const [index, damage] of damages.entries()) {
      const [one, other, third] = [await node(bucket), await node(bucket), await node(bucket)];
      const key = await keep(one.cache, String(index), "pixels");
      await one.cache.settled();
      const object = `images/derivatives/${key}`;
      await overwrite(bucket, object, damage(await readObject(bucket, object)));
      expect(await other.cache.find(key)).toBeNull();
      expect(other.cache.recall(key)).toBeNull();
      await keep(other.cache, String(index), "pixels");
      await other.cache.settled();
      expect(await new Response((await third.cache.find(key))?.content).text()).toBe("pixels");
    }
  });

  test("S3DerivativeCache finds derivatives that its disk has lost", async () => {
    const { cache, local } = await node(new Bucket(await s3.freshBucket()));
    const key = await keep(cache, "1", "pixels");
    await cache.settled();
    await rm(join(local, key.slice(0, 2)), { recursive: true });
    expect(await new Response((await cache.find(key))?.content).text()).toBe("pixels");
  });

  test("S3DerivativeCache.forget() and clear() remove derivatives of other nodes, but not newer ones", async () => {
    const bucket = new Bucket(await s3.freshBucket());
    const [one, other] = [await node(bucket), await node(bucket)];
    const key = await keep(one.cache, "1", "pixels");
    await keep(one.cache, "2", "pixels", "cd".repeat(32));
    await one.cache.settled();
    expect(await other.cache.sources("ab")).toEqual(["ab".repeat(16)]);
    expect(await other.cache.forget(["ab".repeat(16)], { unusedSince: Date.now() - 60_000 })).toBe(0);
    expect(await other.cache.forget(["ab".repeat(16)])).toBe(1);
    expect(await (await node(bucket)).cache.find(key)).toBeNull();
    expect(await other.cache.sources("cd")).toHaveLength(1);
    expect(await other.cache.clear("")).toBe(1);
    expect(await Array.fromAsync(bucket.list(""))).toEqual([]);
  });

  test("S3DerivativeCache works without S3: it keeps and finds renders locally, without long waits", async () => {
    const address = await s3.freshBucket();
    await using proxy = await startFaultProxy(address.endpoint);
    const { cache } = await node(new Bucket({ ...address, endpoint: proxy.url }), 2);
    proxy.spoil({ kind: "black hole" });
    const keys = [];
    for (let count = 0; count < 20; count++) keys.push(await keep(cache, String(count), "pixels"));
    for (const key of keys) expect((await cache.find(key))?.bytes).toBe(6);
    const missing = (name: string) => derivativeKey({ ...IDENTITY, fingerprint: name });
    const startedAt = performance.now();
    expect(await cache.find(missing("unknown"))).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    const rested = performance.now();
    for (let count = 0; count < 20; count++) expect(await cache.find(missing(`more ${count}`))).toBeNull();
    expect(performance.now() - rested).toBeLessThan(1_000);
    await expect(cache.forget(["ab".repeat(16)])).rejects.toMatchObject({ code: "unavailable" });
    expect(await cache.find(keys[0] ?? "")).toBeNull();
  }, 40_000);
});

const IDENTITY = {
  image: { owner: "", sha256: "ab".repeat(32), generation: 0 },
  steps: [],
  format: "webp",
  versions: [],
} as const;

async function keep(
  cache: DerivativeCache,
  fingerprint: string,
  text: string,
  sha256 = "ab".repeat(32),
): Promise<string> {
  const key = derivativeKey({ ...IDENTITY, image: { owner: "", sha256, generation: 0 }, fingerprint });
  const place = await cache.reserve(key);
  await Bun.write(place.output, text);
  publishSealed(place.output, place.target, text.length);
  await place.keep(text.length);
  return key;
}

async function readObject(bucket: Bucket, key: string): Promise<Uint8Array> {
  return await new Response((await bucket.read(key, { use: "read" }))?.body).bytes();
}

async function overwrite(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  await using folder = await testFolder();
  const path = join(folder.path, "object");
  await Bun.write(path, bytes);
  await bucket.put(key, path, { use: "write" });
}
