import { expect, test } from "bun:test";
import { appendFile, chmod, copyFile, rename, rm, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { flipBitUnseen } from "../testing/testing_damage.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { newBlobKey } from "./blob_store.ts";
import { FsBlobStore } from "./fs_blob_store.ts";
import { localCopy } from "./local_copy.ts";
import { Spool } from "./spool.ts";

const SHA256 = new Bun.CryptoHasher("sha256").update("bytes").digest("hex");

async function scene(folder: string) {
  const blobs = new FsBlobStore(join(folder, "blobs"));
  const key = newBlobKey(SHA256);
  await Bun.write(join(folder, "upload"), "bytes");
  await blobs.put(key, join(folder, "upload"));
  await rm(join(folder, "upload"));
  const spool = new Spool(join(folder, "spool"), { capacity: 0 });
  const copy = async () => await localCopy(blobs, key, spool, { bytes: 5 });
  return { copy, path: blobs.localPath(key) };
}

test("localCopy() requires a check of a file until it has passed, and again after every change", async () => {
  await using folder = await testFolder();
  const { copy, path } = await scene(folder.path);
  const changes: readonly (() => Promise<unknown>)[] = [
    async () => {},
    () => flipBitUnseen(path, 2),
    () => utimes(path, 1, 1),
    () => chmod(path, 0o600),
    async () => {
      await copyFile(path, `${path}.new`);
      await rename(`${path}.new`, path);
    },
  ];
  for (const change of changes) {
    await change();
    const { due } = await copy();
    expect(due).toMatchObject({ path, sha256: SHA256 });
    expect((await copy()).due).toBeDefined();
    due?.passed();
    expect((await copy()).due).toBeUndefined();
  }
});

test("localCopy() refuses a file of another length, and one that is missing", async () => {
  await using folder = await testFolder();
  const { copy, path } = await scene(folder.path);
  await appendFile(path, "more");
  await expect(copy()).rejects.toMatchObject({ code: "damaged", details: { sha256: SHA256 } });
  await truncate(path, 0);
  await expect(copy()).rejects.toMatchObject({ code: "damaged" });
  await rm(path);
  await expect(copy()).rejects.toMatchObject({ code: "unavailable" });
});
