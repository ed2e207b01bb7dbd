import { expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { FsBlobStore } from "../blob/fs_blob_store.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { FsStoreMark } from "./fs_store_mark.ts";
import { CLAIM_NAME, MARK_NAME } from "./mark_text.ts";
import { storeMarkContract } from "./store_mark_contract.ts";

const NAMES = { mark: MARK_NAME, claim: CLAIM_NAME };

storeMarkContract("FsStoreMark", async () => {
  const folder = await testFolder();
  const blobs = join(folder.path, "blobs");
  return {
    mark: new FsStoreMark(blobs),
    blobs: new FsBlobStore(blobs),
    again: new FsStoreMark(blobs),
    spoil: async (what, text) => void (await Bun.write(join(blobs, NAMES[what]), text)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

test("FsStoreMark.write() leaves one file after many concurrent writes", async () => {
  await using folder = await testFolder();
  const mark = new FsStoreMark(folder.path);
  const id = crypto.randomUUID();
  await Promise.all(Array.from({ length: 20 }, (_, counter) => mark.write({ id, counter })));
  expect(await readdir(folder.path)).toEqual([MARK_NAME]);
});

test("FsStoreMark.write() rejects if it cannot write, and leaves nothing behind", async () => {
  await using folder = await testFolder();
  const mark = new FsStoreMark(folder.path);
  await mkdir(join(folder.path, MARK_NAME));
  await expect(mark.write({ id: crypto.randomUUID(), counter: 1 })).rejects.toThrow();
  expect(await readdir(folder.path)).toEqual([MARK_NAME]);
  // A folder in its place is an error, not a missing mark.
  await expect(mark.read()).rejects.toThrow();
});
