import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "../testing/testing_folder.ts";
import { blobStoreContract } from "./blob_store_contract.ts";
import { newBlobKey } from "./blob_store.ts";
import { FsBlobStore } from "./fs_blob_store.ts";

blobStoreContract("FsBlobStore", (folder) => new FsBlobStore(join(folder, "blobs")));

test("FsBlobStore keeps one level of folders named by the first two digits", async () => {
  await using folder = await testFolder();
  const store = new FsBlobStore(join(folder.path, "blobs"));
  const key = newBlobKey("ab".repeat(32));
  await Bun.write(join(folder.path, "file"), "x");
  await store.put(key, join(folder.path, "file"));
  expect(await readdir(join(folder.path, "blobs", "ab"))).toEqual([key]);
  expect(store.localPath(key)).toBe(join(folder.path, "blobs", "ab", key));
});
