import { expect, test } from "bun:test";
import { rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { isLocal, newBlobKey } from "../../blob/blob_store.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { testingJobPorts } from "../../job/running/testing_job_ports.ts";
import { scrubBlobs } from "./scrub_blobs.ts";
import { flipBit } from "../../testing/testing_damage.ts";
import { testFolder } from "../../testing/testing_folder.ts";

const EVERYTHING = { bytes: 1e9 };

/** Stores blobs of 10,000 bytes each. */
async function scene(folder: string, count: number) {
  const ports = await testingJobPorts(folder);
  const { blobs } = ports;
  if (!isLocal(blobs)) throw new Error("Blobs must be files");
  const keys: string[] = [];
  for (let number = 0; number < count; number++) {
    const bytes = new Uint8Array(10_000).fill(number);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const image = imageFixture({ sha256, bytes: bytes.length });
    const key = newBlobKey(sha256, { id: image.id });
    await Bun.write(join(folder, "upload"), bytes);
    await blobs.put(key, join(folder, "upload"));
    await rm(join(folder, "upload"));
    await ports.catalog.add(image, { key, validUntil: Number.MAX_SAFE_INTEGER });
    keys.push(key);
  }
  const damaged = async () => (await ports.ledger.damaged(count)).map(({ key }) => key);
  return { ports, keys: keys.toSorted(), damaged, pathOf: (key = "") => blobs.localPath(key) };
}

test("scrubBlobs() finds bytes that are flipped, cut, emptied, missing or unreadable, and reports each once", async () => {
  await using folder = await testFolder();
  const { ports, keys, damaged, pathOf } = await scene(folder.path, 7);
  const [whole, flipped, cut, emptied, missing, unreadable, other] = keys;
  await flipBit(pathOf(flipped), 5_000);
  await truncate(pathOf(cut), 9_999);
  await truncate(pathOf(emptied), 0);
  await rm(pathOf(missing));
  await rm(pathOf(unreadable));
  // Reading its beginning is an input/output error, as on a failing disk.
  await symlink("/proc/self/mem", pathOf(unreadable));
  const expected = process.platform === "linux" ? keys.slice(1, 6) : keys.slice(1, 5);
  const found = await scrubBlobs(ports, EVERYTHING);
  expect(found).toEqual({ blobs: 7, bytes: 39_999, damaged: expected, healed: [] });
  expect(await damaged()).toEqual(expected);
  for (const key of [whole, other]) expect(await damaged()).not.toContain(key);
  await scrubBlobs(ports, EVERYTHING); // reaches the end and starts over
  expect(await scrubBlobs(ports, EVERYTHING)).toMatchObject({ blobs: 7, damaged: [], healed: [] });
});

test("scrubBlobs() finds bytes that are intact again", async () => {
  await using folder = await testFolder();
  const { ports, keys, damaged, pathOf } = await scene(folder.path, 3);
  const [, key = ""] = keys;
  await flipBit(pathOf(key), 0);
  expect((await scrubBlobs(ports, EVERYTHING)).damaged).toEqual([key]);
  await flipBit(pathOf(key), 0);
  await scrubBlobs(ports, EVERYTHING);
  expect(await scrubBlobs(ports, EVERYTHING)).toMatchObject({ damaged: [], healed: [key] });
  expect(await damaged()).toEqual([]);
});

test("scrubBlobs() continues where it stopped, and keeps to its budget", async () => {
  await using folder = await testFolder();
  const { ports, keys, pathOf } = await scene(folder.path, 5);
  for (const key of keys) await flipBit(pathOf(key), 0);
  const found: (readonly string[])[] = [];
  for (const bytes of [1, 15_000, 10_000, 1e9]) found.push((await scrubBlobs(ports, { bytes })).damaged);
  expect(found).toEqual([keys.slice(0, 1), keys.slice(1, 3), keys.slice(3, 4), keys.slice(4)]);
  expect(await scrubBlobs(ports, { bytes: 0 })).toMatchObject({ blobs: 0 });
});

test("scrubBlobs() reads more blobs than fit on a page, each once", async () => {
  await using folder = await testFolder();
  const { ports, keys, pathOf } = await scene(folder.path, 203);
  const last = keys.at(-1) ?? "";
  await flipBit(pathOf(last), 0);
  expect(await scrubBlobs(ports, EVERYTHING)).toEqual({
    blobs: 203,
    bytes: 2_030_000,
    damaged: [last],
    healed: [],
  });
});

test("scrubBlobs() counts missing bytes against its budget", async () => {
  await using folder = await testFolder();
  const { ports, keys, pathOf } = await scene(folder.path, 10);
  for (const key of keys) await rm(pathOf(key));
  expect(await scrubBlobs(ports, { bytes: 10_000 })).toMatchObject({ blobs: 3, bytes: 0 });
});

test("scrubBlobs() records nothing of another store, such as an empty folder without its volume", async () => {
  await using folder = await testFolder();
  const { ports, keys, damaged, pathOf } = await scene(folder.path, 3);
  for (const key of keys) await rm(pathOf(key));
  const own = await ports.mark.read();
  await ports.mark.write({ id: crypto.randomUUID(), counter: 1 });
  expect(await scrubBlobs(ports, EVERYTHING)).toMatchObject({ blobs: 3, damaged: [] });
  expect(await damaged()).toEqual([]);
  if (own) await ports.mark.write(own);
  await scrubBlobs(ports, EVERYTHING);
  expect((await scrubBlobs(ports, EVERYTHING)).damaged).toEqual(keys);
});
