import { describe, expect, test } from "bun:test";
import { newBlobKey } from "../../blob/blob_store.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import type { Image } from "../../image/image.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { MemoryDeletedImages } from "../../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { listDeletedImages } from "./list_deleted_images.ts";
import { restoreImage } from "./restore_image.ts";
import { restoreImages } from "./restore_images.ts";

const GRACE = { deletedGrace: 1_000 };

/** A catalog with a clock that the test sets. */
class Scene {
  time = 1_000_000;
  readonly now = () => this.time;
  readonly #tables = new MemoryTables();
  readonly catalog = new MemoryImageCatalog(this.#tables, this.now);
  readonly deleted = new MemoryDeletedImages(this.#tables, this.now);

  async addDeleted(changes: Partial<Image> = {}): Promise<Image> {
    const image = imageFixture({ createdAt: this.time, ...changes });
    await this.catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Infinity });
    await this.catalog.remove(image.id);
    return image;
  }
}

describe("restoreImage()", () => {
  test("restores an image until the grace is over, to the millisecond", async () => {
    const scene = new Scene();
    const image = await scene.addDeleted({ tags: ["t"] });
    scene.time += GRACE.deletedGrace;
    await expect(restoreImage(scene, image.id, GRACE)).rejects.toMatchObject({ code: "image_not_found" });
    scene.time -= 1;
    expect(await restoreImage(scene, image.id, GRACE)).toEqual(image);
    expect(await scene.catalog.find(image.id)).toMatchObject(image);
  });

  test("throws if there is nothing to restore", async () => {
    const scene = new Scene();
    const restored = await scene.addDeleted();
    await restoreImage(scene, restored.id, GRACE);
    for (const id of [restored.id, imageFixture().id, "x"])
      await expect(restoreImage(scene, id, GRACE)).rejects.toMatchObject({ code: "image_not_found" });
  });

  test("restores nothing without a grace", async () => {
    const scene = new Scene();
    const image = await scene.addDeleted();
    const none = { deletedGrace: 0 };
    await expect(restoreImage(scene, image.id, none)).rejects.toMatchObject({ code: "image_not_found" });
    expect(await listDeletedImages(scene, { ...none, limit: 10 })).toEqual({ items: [], next: null });
  });
});

describe("restoreImages()", () => {
  test("restores images by ids, and reports those that cannot be restored, each once and in order", async () => {
    const scene = new Scene();
    const images: Image[] = [];
    for (let count = 0; count < 150; count++) images.push(await scene.addDeleted());
    const missing = imageFixture().id;
    const ids = ["x", ...images.map(({ id }) => id), missing, images[0]?.id ?? ""];
    const results = await Array.fromAsync(restoreImages(scene, ids, GRACE));
    expect(results.map(({ id }) => id)).toEqual(ids.slice(0, -1));
    const restored = results.flatMap(({ result }) => (result.status === "fulfilled" ? [result.value] : []));
    expect(restored).toEqual(images);
    const refused = results.filter(({ result }) => result.status === "rejected");
    expect(refused).toMatchObject(
      ["x", missing].map((id) => ({ id, result: { reason: { code: "image_not_found" } } })),
    );
  });
});

describe("listDeletedImages()", () => {
  test("pages through restorable images, most recently deleted first", async () => {
    const scene = new Scene();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      scene.time += 10;
      ids.unshift((await scene.addDeleted()).id);
    }
    const listed: string[] = [];
    for (let cursor: string | undefined; ;) {
      const { items, next } = await listDeletedImages(scene, { ...GRACE, limit: 2, cursor });
      listed.push(...items.map(({ image }) => image.id));
      if (next === null) break;
      cursor = next;
    }
    expect(listed).toEqual(ids);
    // Of five, the first two were deleted too long ago.
    scene.time += GRACE.deletedGrace - 30;
    const { items, next } = await listDeletedImages(scene, { ...GRACE, limit: 3 });
    expect([items.map(({ image }) => image.id), next]).toEqual([ids.slice(0, 3), null]);
  });

  test("returns until when each image can be restored, at most until its expiry", async () => {
    const scene = new Scene();
    await scene.addDeleted({ expiresAt: 1_000_500 });
    await scene.addDeleted({ expiresAt: 1_005_000 });
    await scene.addDeleted();
    const { items } = await listDeletedImages(scene, { ...GRACE, limit: 10 });
    const ends = items.map(({ restorableUntil }) => restorableUntil);
    expect(ends.toSorted()).toEqual([1_000_500, 1_001_000, 1_001_000]);
  });

  test("refuses the cursor of another listing", async () => {
    const cursor = Buffer.from(JSON.stringify(["createdAt", 1, imageFixture().id])).toString("base64url");
    for (const each of [cursor, "x"])
      await expect(
        listDeletedImages(new Scene(), { ...GRACE, limit: 1, cursor: each }),
      ).rejects.toMatchObject({
        code: "invalid_parameter",
      });
  });
});
