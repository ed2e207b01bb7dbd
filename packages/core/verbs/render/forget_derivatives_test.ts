import { describe, expect, test } from "bun:test";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { newBlobKey } from "../../blob/blob_store.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { MemoryJobRecords } from "../../job/records/memory_job_records.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { derivativeKey } from "../../derivative/derivative_key.ts";
import { FsDerivativeCache } from "../../derivative/fs_derivative_cache.ts";
import { publishSealed } from "../../derivative/sealed_file.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { newImageId } from "../../image/image_id.ts";
import type { Image } from "../../image/image.ts";
import { SqliteImageCatalog } from "../../image/catalog/sqlite_image_catalog.ts";
import { purgeImage } from "../image/purge_image.ts";
import { purgeEach, purgeImages } from "../image/purge_images.ts";
import { removeImage } from "../image/remove_image.ts";
import { MemoryInstallationRecord } from "../../installation/memory_installation_record.ts";
import { MemoryStoreMark } from "../../installation/memory_store_mark.ts";
import { SqliteDeletedImages } from "../../image/deleted/sqlite_deleted_images.ts";
import { SqliteBlobLedger } from "../../blob/sqlite_blob_ledger.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import type { ImageSelection } from "../image/select_images.ts";
import { sweepStorage } from "../upkeep/sweep_storage.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import { until } from "../../testing/testing_until.ts";

const HOUR = 3_600_000;

/** A catalog and a cache of derivatives. Both use the real clock unless the test moves theirs. */
class Scene implements AsyncDisposable {
  readonly #folder: AsyncDisposable & { readonly path: string };
  readonly #database = new SqliteDatabase(":memory:");
  readonly catalog: SqliteImageCatalog;
  readonly derivatives: FsDerivativeCache;
  readonly ledger: SqliteBlobLedger;
  readonly owner = "";
  /** Milliseconds by which its clock is ahead. */
  ahead = 0;

  private constructor(folder: AsyncDisposable & { readonly path: string }) {
    this.#folder = folder;
    this.#database.migrate();
    this.catalog = new SqliteImageCatalog(this.#database, this.now);
    this.ledger = new SqliteBlobLedger(this.#database, this.now);
    this.derivatives = new FsDerivativeCache(join(folder.path, "derivatives"), { capacity: 1_000_000 });
  }

  static async open(): Promise<Scene> {
    return new Scene(await testFolder());
  }

  readonly now = () => Date.now() + this.ahead;

  async add(changes: Partial<Image> = {}): Promise<Image> {
    const image = imageFixture(changes);
    await this.catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Number.MAX_SAFE_INTEGER });
    return image;
  }

  /** Caches a derivative of an image in its current state. */
  async render({ id }: Pick<Image, "id">): Promise<string> {
    const image = await this.catalog.find(id);
    if (!image) throw new Error("Cannot render: there is no such image");
    const key = derivativeKey({ image, steps: [], format: "webp", versions: [], fingerprint: "" });
    const { output, target, keep } = await this.derivatives.reserve(key);
    await Bun.write(output, "pixels");
    publishSealed(output, target, "pixels".length);
    await keep("pixels".length);
    return target;
  }

  async generation({ id }: Pick<Image, "id">): Promise<number> {
    return (await this.catalog.find(id))?.generation ?? -1;
  }

  /** Puts a file in place of the folder for derivatives of an image, so that it cannot be read. */
  async breakFolder({ sha256 }: Image): Promise<void> {
    await Bun.write(join(this.#folder.path, "derivatives", sha256.slice(0, 2)), "in the way");
  }

  async sweep(sha256: string): Promise<number | undefined> {
    const tables = new MemoryTables();
    const ports = {
      blobs: new MemoryBlobStore(this.now),
      deleted: new SqliteDeletedImages(this.#database, this.now),
      derivatives: this.derivatives,
      installation: new MemoryInstallationRecord(tables),
      jobs: new MemoryJobRecords(tables, this.now),
      ledger: this.ledger,
      mark: new MemoryStoreMark(),
      now: this.now,
      removals: new SqliteRemovalRecord(this.#database),
    };
    await ports.mark.write(await ports.installation.adopt({ id: crypto.randomUUID(), counter: 1 }));
    const options = { holder: "test", grace: 24 * HOUR, shard: sha256.slice(0, 2) };
    return (await sweepStorage(ports, options))?.orphanedDerivatives;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** No grace, as there is no other process that has to learn of the change. */
const NOW = { grace: 0 };

async function purgeNow(scene: Scene, selection: ImageSelection): Promise<number | null> {
  const { purged, freed } = await purgeImages(scene, selection, NOW);
  await freed;
  return purged;
}

async function removeNow(scene: Scene, { id }: Image): Promise<void> {
  const { freed } = await removeImage(scene, id, NOW);
  await freed;
}

async function exists(path: string): Promise<boolean> {
  return await Bun.file(path).exists();
}

describe("purgeImage()", () => {
  test("starts a new generation of one image and removes its derivatives", async () => {
    await using scene = await Scene.open();
    const [image, other] = [await scene.add(), await scene.add()];
    const [rendered, kept] = [await scene.render(image), await scene.render(other)];
    const before = Date.now();
    const { image: purged, freed } = await purgeImage(scene, image.id, NOW);
    await freed;
    const { generation, revision } = purged;
    expect(generation).toBeGreaterThanOrEqual(before);
    expect(revision).toBe(1);
    expect([await scene.generation(image), await scene.generation(other)]).toEqual([generation, 0]);
    expect([await exists(rendered), await exists(kept)]).toEqual([false, true]);
    expect(await scene.render(image)).not.toBe(rendered);
  });

  test("keeps files for readers that have just found them, and keeps new derivatives", async () => {
    await using scene = await Scene.open();
    const image = await scene.add();
    const old = await scene.render(image);
    await utimes(old, new Date(), new Date(Date.now() - 1_000));
    const { freed } = await purgeImage(scene, image.id, { grace: 50 });
    const rendered = await scene.render(image);
    await utimes(rendered, new Date(), new Date(Date.now() + 1_000));
    expect(await exists(old)).toBe(true);
    await freed;
    expect([await exists(old), await exists(rendered)]).toEqual([false, true]);
  });

  test("says so where there is no such image", async () => {
    await using scene = await Scene.open();
    for (const id of [imageFixture().id, "x"])
      await expect(purgeImage(scene, id)).rejects.toMatchObject({ code: "image_not_found" });
  });

  test("takes effect even where files cannot be removed", async () => {
    await using scene = await Scene.open();
    const image = await scene.add();
    await scene.breakFolder(image);
    await (
      await purgeImage(scene, image.id, NOW)
    ).freed;
    expect(await scene.generation(image)).toBeGreaterThan(0);
  });
});

describe("purgeImages()", () => {
  test("purges images by ids, and counts those that exist", async () => {
    await using scene = await Scene.open();
    const [one, two, other] = [await scene.add(), await scene.add(), await scene.add()];
    const rendered = await Promise.all([one, two, other].map((image) => scene.render(image)));
    const ids = [one.id, two.id, two.id, imageFixture().id, "x"];
    const { purged, missing, freed } = await purgeImages(scene, { ids }, NOW);
    expect({ purged, missing }).toEqual({ purged: 2, missing: ids.slice(3) });
    await freed;
    expect(await Promise.all(rendered.map(exists))).toEqual([false, false, true]);
    expect(await scene.generation(other)).toBe(0);
    expect(await purgeNow(scene, { ids: [] })).toBe(0);
  });

  test("purges images by a tag in several batches, between which other work runs", async () => {
    await using scene = await Scene.open();
    const images: Image[] = [];
    for (let count = 0; count < 501; count++) {
      // Several images share each time, so that pages end among them.
      const createdAt = 1_700_000_000_000 + (count >> 3);
      images.push(await scene.add({ id: newImageId(createdAt), createdAt, tags: ["t", "u"] }));
    }
    const other = await scene.add({ tags: ["u"] });
    const rendered = await Promise.all(
      [images[0], images[250], images[500]].map((image) => scene.render(image ?? other)),
    );
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const { purged, freed } = await purgeImages(scene, { filter: { tag: "t" } }, NOW);
    expect(purged).toBe(501);
    expect(turns).toBeGreaterThanOrEqual(1);
    clearInterval(turning);
    await freed;
    expect(await Promise.all(rendered.map(exists))).toEqual([false, false, false]);
    const all = await scene.catalog.list({ order: "createdAt", descending: true, limit: 1_000, tag: "u" });
    expect(all.filter(({ generation }) => generation === 0).map(({ id }) => id)).toEqual([other.id]);
    expect(await purgeNow(scene, { filter: { tag: "none" } })).toBe(0);
  });

  test("purges all images", async () => {
    await using scene = await Scene.open();
    const images = [await scene.add(), await scene.add()];
    const rendered = await Promise.all(images.map((image) => scene.render(image)));
    expect(await purgeNow(scene, { all: true })).toBeNull();
    expect(await Promise.all(rendered.map(exists))).toEqual([false, false]);
    for (const image of images) expect(await scene.generation(image)).toBeGreaterThan(0);
  });
});

describe("purgeEach()", () => {
  test("yields a result for each image, and removes derivatives even if its caller stops", async () => {
    await using scene = await Scene.open();
    const image = await scene.add();
    const rendered = await scene.render(image);
    const each = purgeEach(scene, { ids: [image.id, "x"] }, NOW);
    const statuses: string[] = [];
    for await (const { id, result } of each) {
      statuses.push(`${id} ${result.status}`);
      break;
    }
    expect(statuses).toEqual([`${image.id} fulfilled`]);
    await until("the render is gone", async () => !(await exists(rendered)));
    const results = await Array.fromAsync(purgeEach(scene, { ids: ["x"] }, NOW));
    expect(results).toMatchObject([{ id: "x", result: { reason: { code: "image_not_found" } } }]);
  });
});

describe("removeImage()", () => {
  test("removes the derivatives of an image once no other image has its bytes", async () => {
    await using scene = await Scene.open();
    const image = await scene.add();
    const twin = await scene.add({ sha256: image.sha256 });
    const rendered = await scene.render(image);
    await removeNow(scene, image);
    expect(await exists(rendered)).toBe(true);
    await removeNow(scene, twin);
    expect(await exists(rendered)).toBe(false);
  });
});

describe("sweepStorage()", () => {
  test("removes the derivatives of expired images at once", async () => {
    await using scene = await Scene.open();
    const image = await scene.add({ expiresAt: Date.now() + HOUR });
    const rendered = await scene.render(image);
    await scene.sweep(image.sha256);
    expect(await exists(rendered)).toBe(true);
    scene.ahead = 1.25 * HOUR;
    await scene.sweep(image.sha256);
    expect(await exists(rendered)).toBe(false);
  });

  test("removes remaining derivatives of deleted images once they are an hour old", async () => {
    await using scene = await Scene.open();
    const image = await scene.add();
    const rendered = await scene.render(image);
    expect(await scene.sweep(image.sha256)).toBe(0);
    await scene.catalog.remove(image.id);
    scene.ahead = 0.5 * HOUR;
    await utimes(rendered, new Date(), new Date(scene.now()));
    scene.ahead = 1.25 * HOUR;
    // The image is gone, but its derivative may have been used a moment ago.
    expect(await scene.sweep(image.sha256)).toBe(0);
    expect(await exists(rendered)).toBe(true);
    scene.ahead = 2 * HOUR;
    expect(await scene.sweep(image.sha256)).toBe(1);
    expect(await exists(rendered)).toBe(false);
  });

  test("removes derivatives that were rendered while their image was deleted", async () => {
    await using scene = await Scene.open();
    const [image, other] = [await scene.add(), await scene.add()];
    const kept = await scene.render(other);
    const late = await scene.render(image);
    await scene.catalog.remove(image.id);
    scene.ahead = 2 * HOUR;
    expect(await scene.sweep(other.sha256)).toBe(
      other.sha256.slice(0, 2) === image.sha256.slice(0, 2) ? 1 : 0,
    );
    await scene.sweep(image.sha256);
    expect([await exists(late), await exists(kept)]).toEqual([false, true]);
  });
});
