import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newBlobKey } from "../../blob/blob_store.ts";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { MemoryRemovalRecord } from "../../blob/memory_removal_record.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { derivativeKey } from "../../derivative/derivative_key.ts";
import { FsDerivativeCache } from "../../derivative/fs_derivative_cache.ts";
import { publishSealed } from "../../derivative/sealed_file.ts";
import { eraseImage } from "./erase_image.ts";
import { eraseImages } from "./erase_images.ts";
import { ProgImageError } from "../../error.ts";
import type { Image } from "../../image/image.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { MemoryDeletedImages } from "../../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { removeBytes } from "./remove_bytes.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";

/** A store that can refuse to remove blobs. */
class StubbornBlobStore extends MemoryBlobStore {
  /** Returns the error for a removal, as late as a real store would; `null` allows it. */
  refuse: (key: string) => Promise<Error | null> = async () => null;
  readonly asked: string[] = [];

  override async remove(key: string): Promise<void> {
    this.asked.push(key);
    const refusal = await this.refuse(key);
    if (refusal) throw refusal;
    await super.remove(key);
  }
}

/** All ports for images: derivatives are in files, the rest in memory. */
class Scene implements AsyncDisposable {
  readonly #folder: TestFolder;
  readonly #tables = new MemoryTables();
  readonly blobs = new StubbornBlobStore();
  readonly catalog = new MemoryImageCatalog(this.#tables);
  readonly deleted = new MemoryDeletedImages(this.#tables);
  readonly ledger = new MemoryBlobLedger(this.#tables);
  readonly removals = new MemoryRemovalRecord(this.#tables);
  readonly derivatives: FsDerivativeCache;
  readonly now = Date.now;

  constructor(folder: TestFolder) {
    this.#folder = folder;
    this.derivatives = new FsDerivativeCache(join(folder.path, "derivatives"), { capacity: 1_000_000 });
  }

  async add(changes: Partial<Image> = {}): Promise<Image> {
    const image = imageFixture(changes);
    const key = newBlobKey(image.sha256, { id: image.id });
    const added = await this.catalog.add(image, { key, validUntil: Infinity });
    const path = join(this.#folder.path, "upload");
    await Bun.write(path, "bytes");
    if (added?.blobKey === key) await this.blobs.put(key, path);
    return image;
  }

  /** Caches a derivative of an image. Returns its path. */
  async render(image: Image): Promise<string> {
    const key = derivativeKey({ image, steps: [], format: "webp", versions: [], fingerprint: "" });
    const { output, target, keep } = await this.derivatives.reserve(key);
    await Bun.write(output, "pixels");
    publishSealed(output, target, "pixels".length);
    await keep("pixels".length);
    return target;
  }

  /** Puts bytes of an image into quarantine, such as an upload leaves there after a crash. */
  async setAside({ sha256 }: Image): Promise<string> {
    const key = newBlobKey(sha256);
    await this.blobs.put(key, join(this.#folder.path, "upload"));
    await this.blobs.quarantine.put(key);
    return key;
  }

  keyOf({ sha256, id }: Image): string {
    return newBlobKey(sha256, { id });
  }

  async hasBytes(image: Image): Promise<boolean> {
    return (await this.blobs.open(this.keyOf(image))) !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function openScene(): Promise<Scene> {
  return new Scene(await testFolder());
}

const AWAY = new ProgImageError("unavailable", "Cannot reach the store");

describe("eraseImage()", () => {
  test("leaves no bytes, in the store or in quarantine, and no derivatives", async () => {
    for (const isDeleted of [false, true]) {
      await using scene = await openScene();
      const [image, other] = [await scene.add(), await scene.add()];
      const [rendered, kept] = [await scene.render(image), await scene.render(other)];
      const aside = await scene.setAside(image);
      if (isDeleted) await scene.catalog.remove(image.id);
      await eraseImage(scene, image.id);
      expect(await scene.catalog.find(image.id)).toBeNull();
      expect(await scene.deleted.restore([image.id], 0)).toEqual([]);
      expect([await scene.hasBytes(image), await scene.hasBytes(other)]).toEqual([false, true]);
      expect(await scene.blobs.quarantine.open(aside)).toBeNull();
      expect([await Bun.file(rendered).exists(), await Bun.file(kept).exists()]).toEqual([false, true]);
      expect(await scene.removals.pending(10)).toEqual([]);
    }
  });

  test("keeps the bytes and derivatives of another image with the same bytes", async () => {
    await using scene = await openScene();
    const image = await scene.add();
    const twin = await scene.add({ sha256: image.sha256 });
    const rendered = await scene.render(image);
    const aside = await scene.setAside(image);
    await eraseImage(scene, image.id);
    expect(await scene.hasBytes(image)).toBe(true);
    expect(await Bun.file(rendered).exists()).toBe(true);
    expect(await scene.blobs.quarantine.open(aside)).not.toBeNull();
    await eraseImage(scene, twin.id);
    expect(await scene.hasBytes(image)).toBe(false);
    expect(await Bun.file(rendered).exists()).toBe(false);
  });

  test("keeps the bytes of a deleted image with the same bytes, but no derivatives", async () => {
    await using scene = await openScene();
    const image = await scene.add();
    const twin = await scene.add({ sha256: image.sha256 });
    await scene.catalog.remove(twin.id);
    const rendered = await scene.render(image);
    await eraseImage(scene, image.id);
    expect(await scene.hasBytes(image)).toBe(true);
    expect(await Bun.file(rendered).exists()).toBe(false);
  });

  test("succeeds while the store is down, and leaves a pending removal", async () => {
    await using scene = await openScene();
    const image = await scene.add();
    const rendered = await scene.render(image);
    scene.blobs.refuse = async () => AWAY;
    await eraseImage(scene, image.id);
    expect(await scene.catalog.find(image.id)).toBeNull();
    expect(await Bun.file(rendered).exists()).toBe(false);
    const pending = await scene.removals.pending(10);
    expect(pending).toMatchObject([{ key: scene.keyOf(image), digest: image.sha256 }]);
    await expect(removeBytes(scene, pending)).rejects.toBe(AWAY);
    scene.blobs.refuse = async () => null;
    await removeBytes(scene, pending, { isErasure: true });
    expect(await scene.hasBytes(image)).toBe(false);
    expect(await scene.removals.pending(10)).toEqual([]);
  });

  test("says so where there is no such image", async () => {
    await using scene = await openScene();
    const image = await scene.add();
    await eraseImage(scene, image.id);
    for (const id of [image.id, imageFixture().id, "x"])
      await expect(eraseImage(scene, id)).rejects.toMatchObject({ code: "image_not_found" });
  });
});

describe("eraseImages()", () => {
  test("erases images by ids, including deleted ones, and reports missing ones, each once and in order", async () => {
    await using scene = await openScene();
    const images: Image[] = [];
    for (let count = 0; count < 150; count++) images.push(await scene.add());
    await scene.catalog.removeMany(images.slice(50, 120).map(({ id }) => id));
    const missing = imageFixture().id;
    const ids = [...images.map(({ id }) => id), missing, "x", images[0]?.id ?? ""];
    const results = await Array.fromAsync(eraseImages(scene, { ids }));
    expect(results.map(({ id }) => id)).toEqual(ids.slice(0, -1));
    const rejected = results.filter(({ result }) => result.status === "rejected");
    expect(rejected).toMatchObject([
      { id: missing, result: { reason: { code: "image_not_found" } } },
      { id: "x", result: { reason: { code: "image_not_found" } } },
    ]);
    for (const image of images) expect(await scene.hasBytes(image)).toBe(false);
  });

  test("erases the images that match a filter, and no deleted ones", async () => {
    await using scene = await openScene();
    const [image, deleted] = [await scene.add({ tags: ["t"] }), await scene.add({ tags: ["t"] })];
    await scene.catalog.remove(deleted.id);
    const results = await Array.fromAsync(eraseImages(scene, { filter: { tag: "t" } }));
    expect(results.map(({ id }) => id)).toEqual([image.id]);
    expect([await scene.hasBytes(image), await scene.hasBytes(deleted)]).toEqual([false, true]);
  });
});

describe("removeBytes()", () => {
  test("removes the others if one cannot be removed, and throws its error", async () => {
    await using scene = await openScene();
    const images = [await scene.add(), await scene.add(), await scene.add()];
    const { removals } = await scene.deleted.erase(images.map(({ id }) => id));
    const stuck = removals[0]?.key ?? "";
    const failure = new Error("EPERM");
    scene.blobs.refuse = async (key) => (key === stuck ? failure : null);
    await expect(removeBytes(scene, removals, { isErasure: true })).rejects.toBe(failure);
    expect((await scene.removals.pending(10)).map(({ key }) => key)).toEqual([stuck]);
    const left = await Promise.all(images.map((image) => scene.hasBytes(image)));
    expect(left.filter(Boolean)).toHaveLength(1);
  });

  test("stops at the first failure of a store that is slow to fail", async () => {
    await using scene = await openScene();
    const images = [await scene.add(), await scene.add(), await scene.add()];
    const { removals } = await scene.deleted.erase(images.map(({ id }) => id));
    scene.blobs.refuse = async () => AWAY;
    const options = { isErasure: true, failureTimeout: -1 };
    await expect(removeBytes(scene, removals, options)).rejects.toBe(AWAY);
    expect(scene.blobs.asked).toHaveLength(1);
    expect(await scene.removals.pending(10)).toHaveLength(3);
  });
});
