import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MemoryObjectStore } from "../object/memory_object_store.ts";
import { Bucket } from "../s3/bucket.ts";
import { RequestSigner } from "../s3/request_signer.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { blobStoreContract } from "./blob_store_contract.ts";
import { isRemote, newBlobKey, type RemoteContent } from "./blob_store.ts";
import { ObjectBlobStore } from "./object_blob_store.ts";

const s3 = await sharedS3();
const DIGEST = "ab".repeat(32);

blobStoreContract("ObjectBlobStore in memory", async () => new ObjectBlobStore(new MemoryObjectStore()));

describe.skipIf(s3 === null)("on S3", () => {
  blobStoreContract("ObjectBlobStore", async () => new ObjectBlobStore(new Bucket(await freshBucket())));
  blobStoreContract(
    "ObjectBlobStore with a prefix",
    async () => new ObjectBlobStore(new Bucket(await freshBucket()), { prefix: "some/where/" }),
  );

  test("ObjectBlobStore streams 300 MB in and out with flat memory", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "large");
    const writer = Bun.file(path).writer();
    const piece = crypto.getRandomValues(new Uint8Array(65_536));
    const hasher = new Bun.CryptoHasher("sha256");
    for (let count = 0; count < 4_578; count++) {
      hasher.update(piece);
      writer.write(piece);
      await writer.flush();
    }
    await writer.end();
    const digest = hasher.digest("hex");
    const address = await freshBucket();
    // In a separate process, because other tests have run in this one.
    const program = `
      import { Bucket, ObjectBlobStore } from ${JSON.stringify(join(import.meta.dir, "../adapters.ts"))};
      const store = new ObjectBlobStore(new Bucket(JSON.parse(process.env.ADDRESS)));
      const key = "${newBlobKey(digest)}";
      await store.put(key, process.env.FILE);
      const hasher = new Bun.CryptoHasher("sha256");
      const content = await store.open(key);
      for await (const chunk of content.stream()) hasher.update(chunk);
      // VmHWM counts this program alone; the system's resource usage includes the process that started it.
      const [, peak] = /VmHWM:\\s+(\\d+)/.exec(await Bun.file("/proc/self/status").text());
      console.log(hasher.digest("hex"), peak);
    `;
    const child = Bun.spawn([process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], ADDRESS: JSON.stringify(address), FILE: path },
    });
    const [found, kilobytes] = (await new Response(child.stdout).text()).trim().split(" ");
    expect(found).toBe(digest);
    expect(Number(kilobytes)).toBeLessThan(200_000);
  });

  test("S3BlobStore.put() of the same key does no harm and does not overwrite", async () => {
    await withStored("first", async ({ store, key, folder }) => {
      await Bun.write(join(folder, "again"), "first");
      await store.put(key, join(folder, "again"));
      await Bun.write(join(folder, "other"), "longer than before");
      await expect(store.put(key, join(folder, "other"))).rejects.toMatchObject({ code: "unavailable" });
      expect(await (await store.open(key))?.text()).toBe("first");
    });
  });

  test("S3BlobStore.open() does not look up a given length, and reading notices a different one", async () => {
    await withStored("0123456789", async ({ store, key }) => {
      const told = await openRemote(store, key, 10);
      expect(await told.text()).toBe("0123456789");
      expect(await told.slice(2, 6).slice(1, 3).text()).toBe("34");
      for (const bytes of [9, 11]) {
        const wrong = await openRemote(store, key, bytes);
        for (const read of [() => wrong.begin(), () => wrong.slice(0, 5).begin(), () => wrong.check()])
          await expect(read()).rejects.toMatchObject({ code: "damaged", details: { sha256: DIGEST } });
      }
      const missing = await openRemote(store, newBlobKey(DIGEST), 10);
      for (const read of [() => missing.begin(), () => missing.check()])
        await expect(read()).rejects.toThrow("its bytes are missing from the store");
    });
  });

  test("S3BlobStore.sweepUploads() aborts old multipart uploads below its prefix, and no others", async () => {
    const address = await freshBucket();
    const signer = new RequestSigner(address);
    const store = new ObjectBlobStore(new Bucket(address), { prefix: "ours/" });
    for (const key of ["ours/blobs/ab/x", "theirs/blobs/ab/x"]) {
      const begun = await fetch(await signer.other("POST", key, { query: { uploads: "" } }), {
        method: "POST",
      });
      expect(begun.status).toBe(200);
    }
    expect(await store.sweepUploads(Date.now() - 60_000)).toBe(0);
    expect(await store.sweepUploads(Date.now() + 60_000)).toBe(1);
    expect(await store.sweepUploads(Date.now() + 60_000)).toBe(0);
    expect(await new Bucket(address).uploads("theirs/")).toHaveLength(1);
  });

  test("ObjectBlobStore.list() gives all pages", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "file");
    await Bun.write(path, "x");
    const store = new ObjectBlobStore(new Bucket(await freshBucket()));
    const keys = Array.from({ length: 1_100 }, () => newBlobKey(DIGEST));
    for (let start = 0; start < keys.length; start += 40)
      await Promise.all(keys.slice(start, start + 40).map((key) => store.put(key, path)));
    const found = await Array.fromAsync(store.list("ab"));
    expect(found.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
  });

  test("S3BlobStore.readUrl() gives a presigned URL with response headers", async () => {
    await withStored("shown", async ({ store, key }) => {
      const headers = {
        "content-type": "image/png",
        "content-disposition": 'inline; filename="a b.png"',
        etag: "no",
      };
      const response = await fetch((await store.readUrl(key, 60, headers)) ?? "");
      expect(await response.text()).toBe("shown");
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(response.headers.get("content-disposition")).toBe('inline; filename="a b.png"');
    });
  });
});

async function freshBucket() {
  if (!s3) throw new Error("There is no S3");
  return await s3.freshBucket();
}

async function withStored(
  text: string,
  work: (stored: { store: ObjectBlobStore; key: string; folder: string }) => Promise<void>,
): Promise<void> {
  await using folder = await testFolder();
  const path = join(folder.path, "file");
  await Bun.write(path, text);
  const store = new ObjectBlobStore(new Bucket(await freshBucket()));
  const key = newBlobKey(DIGEST);
  await store.put(key, path);
  await work({ store, key, folder: folder.path });
}

async function openRemote(store: ObjectBlobStore, key: string, bytes: number): Promise<RemoteContent> {
  const content = await store.open(key, { bytes });
  if (!content || !isRemote(content)) throw new Error("It must be remote");
  return content;
}
