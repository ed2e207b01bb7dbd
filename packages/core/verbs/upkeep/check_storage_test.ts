import { describe, expect, test } from "bun:test";
import { appendFile, rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { imageIdOfKey, newBlobKey } from "../../blob/blob_store.ts";
import { FsBlobStore } from "../../blob/fs_blob_store.ts";
import { Spool } from "../../blob/spool.ts";
import { SqliteBlobLedger } from "../../blob/sqlite_blob_ledger.ts";
import { SqliteRemovalRecord } from "../../blob/sqlite_removal_record.ts";
import { RECOVERED_TAG } from "../../check/recover_image.ts";
import { checkStorage, type CheckStorageOptions } from "./check_storage.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { FsDerivativeCache } from "../../derivative/fs_derivative_cache.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import type { StoredImage } from "../../image/image.ts";
import { SqliteDeletedImages } from "../../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../../image/catalog/sqlite_image_catalog.ts";
import { FsStoreMark } from "../../installation/fs_store_mark.ts";
import { SqliteInstallationRecord } from "../../installation/sqlite_installation_record.ts";
import { SqliteUsageRecords } from "../../tenant/sqlite_usage_records.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { removeBytes } from "../image/remove_bytes.ts";
import { InlineRenderer } from "../../render/inline_renderer.ts";
import { gradient } from "../../render/source_fixtures.ts";
import { storeImage } from "../image/store_image.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { createRegistry } from "../../transform/contract/registry.ts";

const MINUTE = 60_000;

/** Files and SQLite with real images. The clock is two minutes ahead, so that no blob counts as part of an upload in progress. */
class Scene implements AsyncDisposable {
  readonly now = () => Date.now() + 2 * MINUTE;
  readonly owner: string = "";
  readonly blobs: FsBlobStore;
  readonly catalog: SqliteImageCatalog;
  readonly deleted: SqliteDeletedImages;
  readonly derivatives: FsDerivativeCache;
  readonly installation: SqliteInstallationRecord;
  readonly ledger: SqliteBlobLedger;
  readonly mark: FsStoreMark;
  readonly removals: SqliteRemovalRecord;
  readonly renderer = new InlineRenderer(createRegistry([]), DEFAULT_LIMITS);
  readonly scratch: Spool;
  readonly usage: SqliteUsageRecords;
  readonly staged = new Set<string>();
  readonly jobs = {
    staged: async (keys: readonly string[]) => new Set(keys.filter((key) => this.staged.has(key))),
  };
  readonly #database = new SqliteDatabase(":memory:");
  readonly #folder: TestFolder;
  #images = 0;

  private constructor(folder: TestFolder) {
    this.#folder = folder;
    this.#database.migrate();
    this.blobs = new FsBlobStore(join(folder.path, "blobs"));
    this.catalog = new SqliteImageCatalog(this.#database);
    this.deleted = new SqliteDeletedImages(this.#database);
    this.derivatives = new FsDerivativeCache(join(folder.path, "derivatives"), { capacity: 1e9 });
    this.installation = new SqliteInstallationRecord(this.#database);
    this.ledger = new SqliteBlobLedger(this.#database);
    this.mark = new FsStoreMark(join(folder.path, "blobs"));
    this.removals = new SqliteRemovalRecord(this.#database);
    this.usage = new SqliteUsageRecords(this.#database);
    this.scratch = new Spool(join(folder.path, "tmp"), { capacity: 1e9 });
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await testFolder());
    await scene.scratch.prepare();
    await scene.mark.write(await scene.installation.adopt({ id: "one", counter: 1 }));
    return scene;
  }

  /** Stores an image that differs from all other test images. */
  async store(): Promise<StoredImage> {
    const raw = { width: 40 + this.#images++, height: 30, channels: 3 } as const;
    const picture = await sharp(gradient(raw.width, raw.height, raw.channels), { raw })
      .png()
      .toBuffer();
    await using file = await this.scratch.receive(new Blob([picture]).stream(), { limit: 1e9 });
    const attributes = { ...NO_ATTRIBUTES, name: "a name", tags: ["a tag"] };
    const { image } = await storeImage({ ...this, now: Date.now, owner: "" }, file, attributes);
    return await this.find(image.id);
  }

  async find(id: string): Promise<StoredImage> {
    const image = await this.catalog.find(id);
    if (!image) throw new Error("Cannot test: there is no such image");
    return image;
  }

  pathOf({ blobKey }: StoredImage): string {
    return this.blobs.localPath(blobKey);
  }

  /** Stores another copy of an image's bytes, without a record. */
  async copy({ sha256, ...image }: StoredImage): Promise<string> {
    const key = newBlobKey(sha256);
    await this.blobs.put(key, this.pathOf({ sha256, ...image }));
    return key;
  }

  /** Removes images from the database, as if it had been restored from an older backup. */
  loseRows(...images: readonly StoredImage[]): void {
    for (const { id, sha256 } of images) {
      this.#database.orm.run(`DELETE FROM images WHERE id = '${id}'`);
      this.#database.orm.run(`DELETE FROM image_tags WHERE image_id = '${id}'`);
      this.#database.orm.run(`DELETE FROM blobs WHERE digest = '${sha256}'`);
    }
  }

  check(options?: CheckStorageOptions) {
    return checkStorage(this, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Flips one bit of a file and keeps its length. */
async function flip(path: string): Promise<void> {
  const bytes = await Bun.file(path).bytes();
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await Bun.write(path, bytes);
}

describe("checkStorage()", () => {
  test("finds no problem in intact storage, and counts what it has read", async () => {
    await using scene = await Scene.open();
    const images = [await scene.store(), await scene.store()];
    const bytes = images.reduce((sum, image) => sum + image.bytes, 0);
    const none = { repaired: 0, recovered: 0, left: 0, strays: 0, recent: 0, aside: 0, overQuota: 0 };
    const nothing = { ...none, findings: [] };
    expect(await scene.check()).toEqual({ ...nothing, blobs: 2, bytes, foreign: [], fault: null });
    expect(await scene.check({ isQuick: true })).toMatchObject({ ...nothing, blobs: 2, bytes: 0 });
  });

  test("restores bytes from the quarantine", async () => {
    await using scene = await Scene.open();
    const image = await scene.store();
    await scene.blobs.quarantine.put(image.blobKey);
    await scene.ledger.setDamaged(image.blobKey, true);
    const { repaired, left, findings } = await scene.check({ isQuick: true });
    expect([repaired, left, findings]).toEqual([
      1,
      0,
      [
        {
          key: image.blobKey,
          state: "missing",
          repairedFrom: "quarantine",
          images: [{ id: image.id, name: "a name" }],
        },
      ],
    ]);
    expect(await Bun.file(scene.pathOf(image)).exists()).toBeTrue();
    expect((await scene.find(image.id)).isDamaged).toBeFalse();
  });

  test("finds a flipped bit only by reading, and records it until the bytes are intact again", async () => {
    await using scene = await Scene.open();
    const [image, other] = [await scene.store(), await scene.store()];
    await flip(scene.pathOf(image));
    expect(await scene.check({ isQuick: true })).toMatchObject({ left: 0 });
    expect(await scene.check()).toMatchObject({
      left: 1,
      repaired: 0,
      findings: [{ key: image.blobKey, state: "damaged", repairedFrom: null, images: [{ id: image.id }] }],
    });
    expect([(await scene.find(image.id)).isDamaged, (await scene.find(other.id)).isDamaged]).toEqual([
      true,
      false,
    ]);
    await flip(scene.pathOf(image));
    expect(await scene.check()).toMatchObject({ left: 0 });
    expect((await scene.find(image.id)).isDamaged).toBeFalse();
  });

  test("finds a file of the wrong length without reading it", async () => {
    await using scene = await Scene.open();
    const [shorter, longer] = [await scene.store(), await scene.store()];
    await truncate(scene.pathOf(shorter), shorter.bytes - 1);
    await appendFile(scene.pathOf(longer), "x");
    const { findings, left } = await scene.check({ isQuick: true });
    expect([left, findings.map(({ state }) => state)]).toEqual([2, ["cut", "cut"]]);
    expect((await scene.find(shorter.id)).isDamaged).toBeTrue();
  });

  test("replaces damaged bytes by another intact copy of them", async () => {
    await using scene = await Scene.open();
    const [image, other] = [await scene.store(), await scene.store()];
    const copy = await scene.copy(image);
    const aside = await scene.copy(other);
    await scene.blobs.quarantine.put(aside);
    for (const each of [image, other]) {
      // A hard link would be damaged too.
      await Bun.write(`${scene.pathOf(each)}-`, Bun.file(scene.pathOf(each)));
      await rename(`${scene.pathOf(each)}-`, scene.pathOf(each));
      await flip(scene.pathOf(each));
    }
    const { findings } = await scene.check();
    expect(findings.map(({ repairedFrom }) => repairedFrom).toSorted()).toEqual([
      "another copy",
      "quarantine",
    ]);
    expect([(await scene.find(image.id)).blobKey, (await scene.find(other.id)).blobKey]).toEqual([
      copy,
      aside,
    ]);
    expect(await scene.check()).toMatchObject({ left: 0, repaired: 0, strays: 2 });
  });

  test("recovers images whose rows are lost, under their ids, also from the quarantine", async () => {
    await using scene = await Scene.open();
    const [kept, lost, aside] = [await scene.store(), await scene.store(), await scene.store()];
    scene.loseRows(lost, aside);
    await scene.blobs.quarantine.put(aside.blobKey);
    await scene.mark.write({ id: "one", counter: 9 });
    expect(await scene.check()).toMatchObject({ recovered: 2, left: 0, fault: "behind" });
    for (const image of [lost, aside]) {
      expect(imageIdOfKey(image.blobKey)).toBe(image.id);
      const { name: _name, tags: _tags, createdAt: _createdAt, updatedAt: _updatedAt, ...same } = image;
      const found = await scene.find(image.id);
      expect(found).toMatchObject({ ...same, name: null, private: true, tags: [RECOVERED_TAG] });
      expect(Math.abs(found.createdAt - image.createdAt)).toBeLessThanOrEqual(1);
      expect(await Bun.file(scene.pathOf(found)).bytes()).toHaveLength(image.bytes);
    }
    expect(await scene.find(kept.id)).toEqual(kept);
    expect(await scene.check()).toMatchObject({ recovered: 0, fault: null });
  });

  test("recovers no image beyond the limit of its owner, and counts it", async () => {
    await using scene = await Scene.open();
    const image = await scene.store();
    scene.loseRows(image);
    await scene.usage.setLimits("", { images: 0, bytes: null });
    const found = await scene.check({ recovers: true });
    expect(found).toMatchObject({ recovered: 0, strays: 1, overQuota: 1 });
    await scene.usage.setLimits("", { images: 1, bytes: null });
    expect(await scene.check({ recovers: true })).toMatchObject({ recovered: 1, overQuota: 0 });
  });

  test("recovers files without a record only on request, or if the database has lost some", async () => {
    await using scene = await Scene.open();
    const image = await scene.store();
    scene.loseRows(image);
    expect(await scene.check()).toMatchObject({ recovered: 0, strays: 1 });
    expect(await scene.check({ recovers: true })).toMatchObject({ recovered: 1, strays: 0 });
    expect((await scene.find(image.id)).id).toBe(image.id);
  });

  test("does not recover blobs that are staged, damaged, not images, recorded under another key, or too new", async () => {
    await using scene = await Scene.open();
    const images = [await scene.store(), await scene.store(), await scene.store()] as const;
    const [staged, damaged, recorded] = images;
    scene.loseRows(staged, damaged);
    scene.staged.add(staged.blobKey);
    await flip(scene.pathOf(damaged));
    await scene.copy(recorded);
    await Bun.write(join(scene.blobs.localPath(newBlobKey("ab".repeat(32))), "../text"), "foreign");
    const text = new Bun.CryptoHasher("sha256").update("no image").digest("hex");
    const file = scene.scratch.newPath();
    await Bun.write(file, "no image");
    await scene.blobs.put(newBlobKey(text), file);
    const found = await scene.check({ recovers: true });
    expect(found).toMatchObject({ recovered: 0, left: 0, strays: 3, recent: 0, foreign: ["ab/text"] });
    const now = await checkStorage({ ...scene, jobs: scene.jobs, now: Date.now }, { recovers: true });
    expect(now).toMatchObject({ strays: 0, recent: 3 });
  });

  test("does not recover erased images", async () => {
    await using scene = await Scene.open();
    const image = await scene.store();
    const copy = await scene.copy(image);
    const { removals } = await scene.deleted.erase([image.id]);
    await removeBytes(scene, removals, { isErasure: true });
    expect(await scene.check({ recovers: true })).toMatchObject({ recovered: 0 });
    expect(await scene.catalog.find(image.id)).toBeNull();
    expect(await scene.blobs.open(copy)).not.toBeNull();
  });

  test("resumes the sweep, with equal counters and without a pause or a claim", async () => {
    await using scene = await Scene.open();
    await scene.installation.update({ pause: "strays", strays: 101 });
    await scene.mark.write({ id: "one", counter: 30 });
    await scene.mark.claim({ id: "other", at: 1 });
    expect(await scene.check()).toMatchObject({ fault: "strays" });
    expect(await scene.installation.read()).toMatchObject({ counter: 31, pause: null, strays: 0 });
    expect(await scene.mark.read()).toEqual({ id: "one", counter: 31 });
    expect(await scene.mark.readClaim()).toBeNull();
  });
});
