import { afterAll, describe, expect, test } from "bun:test";
import { readdir, stat, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../error.ts";
import { Bucket } from "../s3/bucket.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { flipBit } from "../testing/testing_damage.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { blobStoreContract } from "./blob_store_contract.ts";
import { digestOfKey, isRemote, type LocalCopy, newBlobKey, type RemoteContent } from "./blob_store.ts";
import { checkBlob } from "./check_blob.ts";
import { LocalBlobCache } from "./local_blob_cache.ts";
import { MemoryBlobStore } from "./memory_blob_store.ts";
import { ObjectBlobStore } from "./object_blob_store.ts";
import { until } from "../testing/testing_until.ts";

blobStoreContract("LocalBlobCache", async (folder) => {
  const cache = new LocalBlobCache(new MemoryBlobStore(), {
    folder: join(folder, "sources"),
    capacity: 1_000,
  });
  await cache.prepare();
  return cache;
});

/** A store that counts how often it is read. */
class CountingStore extends MemoryBlobStore {
  opened = 0;

  override async open(key: string): Promise<Blob | null> {
    this.opened++;
    return await super.open(key);
  }
}

async function scene(folder: string, capacity = 1_000) {
  const store = new CountingStore();
  const sources = join(folder, "sources");
  const open = async () => {
    const cache = new LocalBlobCache(store, { folder: sources, capacity });
    await cache.prepare();
    return cache;
  };
  const add = async (text: string, into: Pick<LocalBlobCache, "put"> = store) => {
    const path = join(folder, crypto.randomUUID());
    await Bun.write(path, text);
    const key = newBlobKey(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
    await into.put(key, path);
    return key;
  };
  const copyOf = (key: string) => join(sources, key.slice(0, 2), key);
  return { store, cache: await open(), open, add, copyOf, leases: () => readdir(join(sources, "leased")) };
}

const textOf = async (copy: LocalCopy) => await Bun.file(copy.path).text();

test("LocalBlobCache.lease() fetches a blob once for many callers, and keeps the file until it is disposed of", async () => {
  await using folder = await testFolder();
  const { store, cache, add, leases } = await scene(folder.path);
  const key = await add("bytes");
  const copies = await Promise.all([1, 2, 3].map(() => cache.lease(key)));
  expect(await Promise.all(copies.map(textOf))).toEqual(["bytes", "bytes", "bytes"]);
  expect(store.opened).toBe(1);
  for (const copy of copies) await copy[Symbol.asyncDispose]();
  expect(await leases()).toEqual([]);
  await using again = await cache.lease(key);
  expect([await textOf(again), store.opened]).toEqual(["bytes", 1]);
});

test("LocalBlobCache.put() saves the first fetch", async () => {
  await using folder = await testFolder();
  const { store, cache, add } = await scene(folder.path);
  const key = await add("new", cache);
  await using copy = await cache.lease(key);
  expect([await textOf(copy), store.opened]).toEqual(["new", 0]);
});

test("LocalBlobCache evicts the least recently used copy, but none that is leased", async () => {
  await using folder = await testFolder();
  const { store, cache, add, copyOf } = await scene(folder.path, 250);
  const keys: string[] = [];
  for (const letter of ["a", "b", "c"]) keys.push(await add(letter.repeat(100)));
  const [first = "", second = "", third = ""] = keys;
  await using leased = await cache.lease(first);
  await utimes(copyOf(first), 1, 1);
  await (await cache.lease(second))[Symbol.asyncDispose]();
  await (await cache.lease(third))[Symbol.asyncDispose]();
  await until("the first copy is gone", async () => !(await exists(copyOf(first))));
  expect(await textOf(leased)).toBe("a".repeat(100));
  expect([await exists(copyOf(second)), await exists(copyOf(third))]).toEqual([true, true]);
  const before = store.opened;
  await using again = await cache.lease(first);
  expect([await textOf(again), store.opened]).toEqual(["a".repeat(100), before + 1]);
});

test("LocalBlobCache leases a blob that is larger than its capacity", async () => {
  await using folder = await testFolder();
  const { cache, add } = await scene(folder.path, 10);
  const key = await add("x".repeat(1_000));
  for (let count = 0; count < 5; count++) {
    await using copy = await cache.lease(key);
    expect(await textOf(copy)).toBe("x".repeat(1_000));
  }
});

test("LocalBlobCache keeps its copies over a restart, but not those that a power cut has damaged", async () => {
  await using folder = await testFolder();
  const { store, cache, open, add, copyOf } = await scene(folder.path);
  const [whole, short] = [await add("whole", cache), await add("shortened", cache)];
  await truncate(copyOf(short), 3);
  const restarted = await open();
  for (const [key, text, opened] of [
    [whole, "whole", 0],
    [short, "shortened", 1],
  ] as const) {
    await using copy = await restarted.lease(key);
    expect([await textOf(copy), store.opened]).toEqual([text, opened]);
  }
});

test("LocalBlobCache leases only bytes that match their SHA-256", async () => {
  await using folder = await testFolder();
  const { cache, store, leases } = await scene(folder.path);
  await Bun.write(join(folder.path, "other"), "other");
  const key = newBlobKey("ab".repeat(32));
  await store.put(key, join(folder.path, "other"));
  await expect(cache.lease(key)).rejects.toMatchObject({
    code: "damaged",
    details: { sha256: "ab".repeat(32) },
  });
  await expect(cache.lease(newBlobKey("cd".repeat(32)))).rejects.toBeInstanceOf(ProgImageError);
  expect(await leases()).toEqual([]);
});

test("LocalBlobCache.lease() notices a copy that was changed since it was leased, and fetches it again", async () => {
  await using folder = await testFolder();
  const { store, cache, add, copyOf } = await scene(folder.path);
  const key = await add("copied", cache);
  let opened = 0;
  for (const damage of [
    (path: string) => truncate(path, 3),
    (path: string) => truncate(path, 0),
    (path: string) => flipBit(path, 1),
  ]) {
    await (await cache.lease(key))[Symbol.asyncDispose]();
    expect(store.opened).toBe(opened);
    await damage(copyOf(key));
    await using copy = await cache.lease(key);
    expect([await textOf(copy), store.opened]).toEqual(["copied", ++opened]);
  }
});

const s3 = await sharedS3();

describe.skipIf(s3 === null)("LocalBlobCache in front of S3", async () => {
  if (!s3) return;
  const folder = await testFolder();
  afterAll(() => folder[Symbol.asyncDispose]());
  const bucket = new Bucket(await s3.freshBucket());
  const objects = new ObjectBlobStore(bucket);

  /** Stores bytes that may differ from those of the key. */
  async function scene(bytes: Uint8Array, stored = bytes) {
    const place = join(folder.path, crypto.randomUUID());
    const reported: string[] = [];
    const onDamage = async (key: string) => reported.push(key) > 0;
    const cache = new LocalBlobCache(objects, { folder: place, capacity: 1e9, onDamage });
    await cache.prepare();
    await Bun.write(join(place, "object"), stored);
    const key = newBlobKey(new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
    await objects.put(key, join(place, "object"));
    return { cache, key, reported, leases: () => readdir(join(place, "leased")) };
  }

  async function opened(cache: LocalBlobCache, key: string, bytes: number): Promise<RemoteContent> {
    const content = await cache.open(key, { bytes });
    if (!content || !isRemote(content)) throw new Error("Must be remote");
    return content;
  }

  const BYTES = new Uint8Array(3_000_000).map((_, index) => (index * 7919) >> 3);

  for (const size of [1, 1_000, BYTES.length]) {
    test(`LocalBlobCache.open() gives ${size} bytes only if their SHA-256 is right, and reports others`, async () => {
      const bytes = BYTES.subarray(0, size);
      const good = await scene(bytes);
      const whole = await opened(good.cache, good.key, size);
      for (const read of [() => whole.bytes(), () => new Response(whole.stream()).bytes()])
        expect(Buffer.compare(await read(), bytes)).toBe(0);
      expect(await whole.check()).toBeUndefined();
      expect(good.reported).toEqual([]);

      const bad = await scene(
        bytes,
        bytes.map((byte, index) => (index === size >> 1 ? byte ^ 1 : byte)),
      );
      const content = await opened(bad.cache, bad.key, size);
      const error = { code: "damaged", details: { sha256: digestOfKey(bad.key) } };
      for (const read of [
        () => content.bytes(),
        () => content.slice(0, size).bytes(),
        () => new Response(content.stream()).bytes(),
        () => bad.cache.lease(bad.key),
      ])
        await expect(read()).rejects.toMatchObject(error);
      expect(bad.reported).toEqual([bad.key, bad.key, bad.key, bad.key]);
      expect(await bad.leases()).toEqual([]);
      let came = 0;
      const reading = (async () => {
        for await (const chunk of content.stream()) came += chunk.length;
      })();
      await expect(reading).rejects.toMatchObject(error);
      expect(came).toBeLessThan(size);
    });
  }

  test("LocalBlobCache.open() gives parts as they are, but reports an object of another length", async () => {
    const { cache, key, reported } = await scene(BYTES.subarray(0, 1_000), BYTES.subarray(0, 900));
    const content = await opened(cache, key, 1_000);
    for (const read of [
      () => content.slice(10, 20).bytes(),
      () => content.slice(950, 960).bytes(),
      () => content.bytes(),
      () => content.check(),
      () => cache.lease(key, { bytes: 1_000 }),
    ])
      await expect(read()).rejects.toMatchObject({ code: "damaged" });
    expect(reported).toHaveLength(5);
    expect(await checkBlob(cache, key)).toMatchObject({ state: "damaged", bytes: 900 });
  });

  test("LocalBlobCache reports missing bytes, and throws damaged once they are on record", async () => {
    const { cache, key, reported } = await scene(BYTES.subarray(0, 10));
    await bucket.remove(`blobs/${key.slice(0, 2)}/${key}`, "write");
    const content = await opened(cache, key, 10);
    for (const read of [() => content.bytes(), () => content.check(), () => cache.lease(key)])
      await expect(read()).rejects.toMatchObject({ code: "damaged" });
    expect(reported).toHaveLength(3);
    const silent = new LocalBlobCache(objects, { folder: join(folder.path, "silent"), capacity: 1e9 });
    await silent.prepare();
    await expect(silent.lease(key)).rejects.toMatchObject({ code: "unavailable" });
    expect(await checkBlob(cache, key)).toMatchObject({ state: "missing" });
  });
});

test("LocalBlobCache.sweep() removes leases that dead processes have left behind, and remove() copies", async () => {
  await using folder = await testFolder();
  const { cache, add, copyOf } = await scene(folder.path);
  const key = await add("left", cache);
  const { path } = await cache.lease(key);
  expect(await cache.sweep(Date.now() - 60_000)).toBe(0);
  await utimes(path, 1, 1);
  expect(await cache.sweep(Date.now() - 60_000)).toBe(1);
  await cache.remove(key);
  expect(await exists(copyOf(key))).toBe(false);
});

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
