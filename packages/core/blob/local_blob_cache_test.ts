import { expect, test } from "bun:test";
import { readdir, stat, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../error.ts";
import { testFolder } from "../testing_folder.ts";
import { blobStoreContract } from "./blob_store_contract.ts";
import { type LocalCopy, newBlobKey } from "./blob_store.ts";
import { LocalBlobCache } from "./local_blob_cache.ts";
import { MemoryBlobStore } from "./memory_blob_store.ts";

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

test("LocalBlobCache.lease() fetches a blob once, however many ask for it, and gives it until it is disposed of", async () => {
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

test("LocalBlobCache evicts what was longest unused, but nothing that is leased", async () => {
  await using folder = await testFolder();
  const { store, cache, add, copyOf } = await scene(folder.path, 250);
  const keys: string[] = [];
  for (const letter of ["a", "b", "c"]) keys.push(await add(letter.repeat(100)));
  const [first = "", second = "", third = ""] = keys;
  await using leased = await cache.lease(first);
  await utimes(copyOf(first), 1, 1);
  await (await cache.lease(second))[Symbol.asyncDispose]();
  await (await cache.lease(third))[Symbol.asyncDispose]();
  await until(async () => !(await exists(copyOf(first))));
  expect(await textOf(leased)).toBe("a".repeat(100));
  expect([await exists(copyOf(second)), await exists(copyOf(third))]).toEqual([true, true]);
  const before = store.opened;
  await using again = await cache.lease(first);
  expect([await textOf(again), store.opened]).toEqual(["a".repeat(100), before + 1]);
});

test("LocalBlobCache lends what is larger than all of it", async () => {
  await using folder = await testFolder();
  const { cache, add } = await scene(folder.path, 10);
  const key = await add("x".repeat(1_000));
  for (let count = 0; count < 5; count++) {
    await using copy = await cache.lease(key);
    expect(await textOf(copy)).toBe("x".repeat(1_000));
  }
});

test("LocalBlobCache keeps its copies over a restart, but not those that a power cut has spoilt", async () => {
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

test("LocalBlobCache does not lend other bytes than those that were stored", async () => {
  await using folder = await testFolder();
  const { cache, store, leases } = await scene(folder.path);
  await Bun.write(join(folder.path, "other"), "other");
  const key = newBlobKey("ab".repeat(32));
  await store.put(key, join(folder.path, "other"));
  await expect(cache.lease(key)).rejects.toThrow("the store gives other bytes than it was given");
  await expect(cache.lease(newBlobKey("cd".repeat(32)))).rejects.toBeInstanceOf(ProgImageError);
  expect(await leases()).toEqual([]);
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

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(1);
}
