import { describe, expect, test } from "bun:test";
import { mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type BlobStore, newBlobKey } from "../../blob/blob_store.ts";
import { FsBlobStore } from "../../blob/fs_blob_store.ts";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { ObjectBlobStore } from "../../blob/object_blob_store.ts";
import { Spool } from "../../blob/spool.ts";
import { copyBlobs, type CopyBlobsOptions } from "./copy_blobs.ts";
import { ProgImageError } from "../../error.ts";
import { Bucket } from "../../s3/bucket.ts";
import { sharedS3 } from "../../s3/testing_s3.ts";
import { testFolder } from "../../testing/testing_folder.ts";

const s3 = await sharedS3();

interface Stores {
  readonly source: BlobStore;
  readonly target: BlobStore;
}

copiesBetween("memory", async () => ({ source: new MemoryBlobStore(), target: new MemoryBlobStore() }));
copiesBetween("folders", async (folder) => ({
  source: new FsBlobStore(join(folder, "one")),
  target: new FsBlobStore(join(folder, "other")),
}));

describe.skipIf(s3 === null)("on S3", () => {
  if (!s3) return;
  copiesBetween("a folder and a bucket", async (folder) => ({
    source: new FsBlobStore(join(folder, "blobs")),
    target: new ObjectBlobStore(new Bucket(await s3.freshBucket())),
  }));
  copiesBetween("a bucket and a folder", async (folder) => ({
    source: new ObjectBlobStore(new Bucket(await s3.freshBucket()), { prefix: "a/" }),
    target: new FsBlobStore(join(folder, "blobs")),
  }));
});

function copiesBetween(name: string, makeStores: (folder: string) => Promise<Stores>): void {
  describe(`copyBlobs() between ${name}`, () => {
    async function withStores(use: (stores: TestedStores) => Promise<void>): Promise<void> {
      await using folder = await testFolder();
      const { source, target } = await makeStores(folder.path);
      const spool = new Spool(join(folder.path, "incoming"), { capacity: 1e9 });
      await spool.prepare();
      const put = async (store: BlobStore, content: string, key = keyOf(content)) => {
        const path = spool.newPath();
        await Bun.write(path, content);
        await store.put(key, path);
        await rm(path);
        return key;
      };
      const copy = (options: Partial<CopyBlobsOptions> = {}) =>
        copyBlobs(source, target, { spool, ...options });
      await use({ source, target, spool, put, copy });
    }

    test("copies everything once, then only new blobs, and removes nothing", () =>
      withStores(async ({ source, target, put, copy, spool }) => {
        const contents = Array.from({ length: 60 }, (_, index) => `blob ${index} `.repeat(index * 40));
        const keys = await Promise.all(contents.map((content) => put(source, content)));
        const bytes = contents.reduce((sum, content) => sum + content.length, 0);
        const seen: number[] = [];
        const first = await copy({ onProgress: ({ shards }) => seen.push(shards) });
        expect(first).toEqual({
          shards: 256,
          copied: 60,
          copiedBytes: bytes,
          present: 0,
          failed: 0,
          failures: [],
        });
        expect(seen.at(-1)).toBe(256);
        for (const [index, key] of keys.entries()) {
          expect(await (await target.open(key))?.text()).toBe(contents[index] ?? "");
          expect(await source.open(key)).not.toBeNull();
        }
        await put(source, "new");
        expect(await copy()).toMatchObject({ copied: 1, copiedBytes: 3, present: 60 });
        expect(await copy({ verify: true, atATime: 1 })).toMatchObject({ copied: 0, present: 61, failed: 0 });
        expect(await spool.sweep(Infinity)).toBe(0);
      }));

    test("does not copy corrupt blobs, reports them, and continues with the rest", () =>
      withStores(async ({ source, target, put, copy }) => {
        const corrupt = await put(source, "rotten", keyOf("as it was"));
        await put(source, "sound");
        expect(await copy()).toMatchObject({
          copied: 1,
          failed: 1,
          failures: [{ key: corrupt, reason: "it has other bytes than its name says" }],
        });
        expect(await target.open(corrupt)).toBeNull();
      }));

    test("replaces a copy of another length, and of other bytes when it verifies", () =>
      withStores(async ({ source, target, put, copy }) => {
        const key = await put(source, "as it is");
        await put(target, "as it i", key);
        expect(await copy()).toMatchObject({ copied: 1, present: 0, failed: 0 });
        expect(await (await target.open(key))?.text()).toBe("as it is");
        await target.remove(key);
        await put(target, "as it ix", key);
        expect(await copy()).toMatchObject({ copied: 0, present: 1 });
        expect(await copy({ verify: true })).toMatchObject({ copied: 1, present: 0, failed: 0 });
        expect(await (await target.open(key))?.text()).toBe("as it is");
      }));
  });
}

test("copyBlobs() skips files that are not blobs, and blobs that are swept meanwhile", async () => {
  await using folder = await testFolder();
  const source = new FsBlobStore(join(folder.path, "one"));
  const spool = new Spool(folder.path, { capacity: 1e6 });
  const path = join(folder.path, "file");
  await Bun.write(path, "swept");
  const key = keyOf("swept");
  await source.put(key, path);
  await mkdir(join(folder.path, "one", "aa"), { recursive: true });
  await Bun.write(join(folder.path, "one", "aa", ".DS_Store"), "");
  const target = new MemoryBlobStore();
  const put = target.put.bind(target);
  target.put = async (...args) => {
    await source.remove(key);
    await put(...args);
  };
  expect(await copyBlobs(source, target, { spool })).toMatchObject({ copied: 0, failed: 0, shards: 256 });
});

test("copyBlobs() waits for a store that is briefly down, and gives up on one that stays down", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1e6 });
  const source = new MemoryBlobStore();
  const path = join(folder.path, "file");
  for (let index = 0; index < 30; index++) {
    await Bun.write(path, String(index));
    await source.put(keyOf(String(index)), path);
  }
  const target = new MemoryBlobStore();
  const put = target.put.bind(target);
  let refusals = 3;
  target.put = async (...args) => {
    if (refusals-- > 0) throw new ProgImageError("unavailable", "Cannot reach stored bytes");
    await put(...args);
  };
  expect(await copyBlobs(source, target, { spool })).toMatchObject({ copied: 30, failed: 0 });

  const full = new MemoryBlobStore();
  full.put = () => Promise.reject(new Error("no space left"));
  const copying = copyBlobs(source, full, { spool });
  await expect(copying).rejects.toThrow(
    "Cannot go on copying as 20 blobs in a row have failed, the last one so: no space left",
  );
});

test("copyBlobs() does not copy a truncated file", async () => {
  await using folder = await testFolder();
  const source = new FsBlobStore(join(folder.path, "one"));
  const spool = new Spool(folder.path, { capacity: 1e6 });
  const path = join(folder.path, "file");
  await Bun.write(path, "whole");
  const key = keyOf("whole");
  await source.put(key, path);
  await truncate(source.localPath(key), 3);
  expect(await copyBlobs(source, new MemoryBlobStore(), { spool })).toMatchObject({ copied: 0, failed: 1 });
});

interface TestedStores extends Stores {
  readonly spool: Spool;
  readonly put: (store: BlobStore, content: string, key?: string) => Promise<string>;
  readonly copy: (options?: Partial<CopyBlobsOptions>) => ReturnType<typeof copyBlobs>;
}

function keyOf(content: string): string {
  return newBlobKey(new Bun.CryptoHasher("sha256").update(content).digest("hex"));
}
