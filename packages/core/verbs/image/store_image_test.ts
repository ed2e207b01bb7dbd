import { expect, test } from "bun:test";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { Spool } from "../../blob/spool.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { ProgImageError } from "../../error.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import type { Ports } from "../../ports.ts";
import { storeImage } from "./store_image.ts";
import { storeRendered } from "../render/store_rendered.ts";
import { testFolder } from "../../testing/testing_folder.ts";

/** A store that cannot remove anything. */
class StickyBlobStore extends MemoryBlobStore {
  override async remove(): Promise<void> {
    throw Object.assign(new Error("EIO: unlink"), { code: "EIO" });
  }
}

function portsOn(blobs: Ports["blobs"]) {
  const tables = new MemoryTables();
  const catalog = new MemoryImageCatalog(tables);
  const renderer = { probe: async () => imageFixture() } as unknown as Ports["renderer"];
  return { blobs, catalog, ledger: new MemoryBlobLedger(tables), now: Date.now, owner: "", renderer };
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

test("storeImage() succeeds even if bytes that became redundant cannot be removed", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000 });
  const ports = portsOn(new StickyBlobStore());
  await using first = await spool.receive(bytesOf("the same"), { limit: 100 });
  await using second = await spool.receive(bytesOf("the same"), { limit: 100 });
  // Both look up the bytes before either has stored them.
  const stored = await Promise.all([first, second].map((file) => storeImage(ports, file, NO_ATTRIBUTES)));
  expect(new Set(stored.map(({ image }) => image.id)).size).toBe(2);
  const { sha256 } = stored[0]?.image ?? { sha256: "" };
  expect(await Array.fromAsync(ports.blobs.list(sha256.slice(0, 2)))).toHaveLength(2);
});

test("storeImage() leaves nothing of an image whose token was used, or whose format is not accepted", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000 });
  const ports = portsOn(new MemoryBlobStore());
  const token = { id: "a", usedUntil: Number.MAX_SAFE_INTEGER };
  await using first = await spool.receive(bytesOf("one"), { limit: 100 });
  await using second = await spool.receive(bytesOf("two"), { limit: 100 });
  const { image } = await storeImage(ports, first, NO_ATTRIBUTES, { token });
  const others = [{ token }, { formats: ["png", "webp"] as const }];
  expect(image.format).toBe("jpeg");
  for (const [index, code] of ["conflict", "unsupported_media"].entries())
    await expect(storeImage(ports, second, NO_ATTRIBUTES, others[index])).rejects.toMatchObject({ code });
  expect(await Array.fromAsync(ports.blobs.list(second.sha256.slice(0, 2)))).toEqual([]);
  expect(await ports.catalog.list({ order: "createdAt", descending: true, limit: 9 })).toEqual([image]);
  await storeImage(ports, second, NO_ATTRIBUTES, { formats: ["jpeg"] });
});

test("storeImage() removes its bytes at once if a concurrent upload of the same bytes was first", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000 });
  const ports = portsOn(new MemoryBlobStore());
  await using first = await spool.receive(bytesOf("the same"), { limit: 100 });
  await using second = await spool.receive(bytesOf("the same"), { limit: 100 });
  // Both look up the bytes before either has stored them.
  await Promise.all([first, second].map((file) => storeImage(ports, file, NO_ATTRIBUTES)));
  const kept = await Array.fromAsync(ports.blobs.list(first.sha256.slice(0, 2)));
  const recorded = await ports.ledger.touch(first.sha256);
  expect(kept.map(({ key }) => key)).toEqual([recorded?.key ?? "none"]);
});

test("storeImage() returns the image of a key that was recorded for its bytes alone, and of no other request", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000 });
  const ports = portsOn(new MemoryBlobStore());
  await using file = await spool.receive(bytesOf("the same"), { limit: 100 });
  const earlier = await storeImage(ports, file, NO_ATTRIBUTES, { idempotencyKey: "old" });
  const again = { idempotencyKey: "old", door: "POST /images" };
  expect((await storeImage(ports, file, NO_ATTRIBUTES, again)).image).toEqual(earlier.image);
  const now = { idempotencyKey: "new", door: "POST /images" };
  const first = await storeImage(ports, file, NO_ATTRIBUTES, now);
  expect((await storeImage(ports, file, NO_ATTRIBUTES, now)).image).toEqual(first.image);
  for (const [said, options] of [
    [{ ...NO_ATTRIBUTES, tags: ["a"] }, now],
    [NO_ATTRIBUTES, { ...now, door: "POST /elsewhere" }],
  ] as const)
    await expect(storeImage(ports, file, said, options)).rejects.toMatchObject({ code: "key_reused" });
});

test("storeImage() throws the original error even if its bytes cannot be removed", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000 });
  const ports = portsOn(new StickyBlobStore());
  ports.catalog.add = () => Promise.reject(new ProgImageError("storage_full", "No room"));
  await using file = await spool.receive(bytesOf("some"), { limit: 100 });
  await expect(storeImage(ports, file, NO_ATTRIBUTES)).rejects.toMatchObject({ code: "storage_full" });
});

test("storeRendered() succeeds even if its file cannot be removed", async () => {
  await using folder = await testFolder();
  const spool = new Spool(join(folder.path, "incoming"), { capacity: 1_000 });
  await spool.prepare();
  const path = spool.newPath();
  await Bun.write(path, "rendered");
  const ports = { ...portsOn(new MemoryBlobStore()), spool };
  const add = ports.catalog.add.bind(ports.catalog);
  ports.catalog.add = async (...args) => {
    // A non-empty folder at its path blocks the file.
    await rename(path, join(folder.path, "moved"));
    await Bun.write(join(path, "stays"), "");
    return await add(...args);
  };
  await using file = await spool.adopt(path);
  const { image } = await storeRendered(
    ports,
    {
      path,
      width: 1,
      height: 1,
      pages: 1,
      bytes: file.bytes,
      [Symbol.asyncDispose]: file[Symbol.asyncDispose],
    },
    NO_ATTRIBUTES,
  );
  expect(image.bytes).toBe(8);
});
