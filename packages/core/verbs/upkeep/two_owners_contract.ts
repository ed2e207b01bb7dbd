import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newBlobKey } from "../../blob/blob_store.ts";
import { Spool } from "../../blob/spool.ts";
import { derivativeKey } from "../../derivative/derivative_key.ts";
import { publishSealed } from "../../derivative/sealed_file.ts";
import type { StoredImage } from "../../image/image.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import type { Ports } from "../../ports.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { eraseImage } from "../image/erase_image.ts";
import { purgeImage } from "../image/purge_image.ts";
import { purgeImages } from "../image/purge_images.ts";
import { recordDamage } from "../image/record_damage.ts";
import { removeImage } from "../image/remove_image.ts";
import { restoreImage } from "../image/restore_image.ts";
import { storeImage } from "../image/store_image.ts";
import { checkStorage } from "./check_storage.ts";
import { copyBlobs } from "./copy_blobs.ts";
import { followFrom, followRemovals } from "./follow_removals.ts";
import { pruneCopies } from "./prune_copies.ts";
import { type Swept, sweepStorage } from "./sweep_storage.ts";
import type { MakeStorage, StorageUnderTest } from "./upload_delete_sweep_contract.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const NOW = { grace: 0 };
const BYTES = "the same bytes of both owners";
const SHA256 = new Bun.CryptoHasher("sha256").update(BYTES).digest("hex");
const SHARD = SHA256.slice(0, 2);
const RECIPE = { steps: [], format: "webp", versions: [], fingerprint: "" } as const;

/** Each test is run with both: the owner whose image changes, and the owner whose image must not. */
const PAIRS = [
  ["one", "two"],
  ["one", ""],
  ["", "one"],
] as const;

/** Tests that nothing that happens to the image of an owner harms that of another owner with the same bytes. */
export function twoOwnersContract(name: string, makeStorage: MakeStorage): void {
  describe(`${name}: two owners with the same bytes`, () => {
    for (const [owner, other] of PAIRS) {
      const title = `"${owner}" beside "${other}"`;
      const inScene = async (work: (scene: Scene, image: StoredImage) => Promise<void>) => {
        await using scene = await Scene.open(makeStorage);
        const kept = await scene.store(other);
        await work(scene, await scene.store(owner));
        await scene.expectWhole(kept);
      };

      test(`${title}: each has a blob and a derivative of its own`, () =>
        inScene(async (scene, image) => {
          expect(await scene.stored()).toHaveLength(2);
          await scene.expectWhole(image);
          const again = await scene.store(owner);
          expect(again.blobKey).toBe(image.blobKey);
          expect(await scene.stored()).toHaveLength(2);
        }));

      test(`${title}: removeImage(), restoreImage() and the sweep`, () =>
        inScene(async (scene, image) => {
          const remove = async () => {
            const { freed } = await removeImage(scene.portsOf(owner), image.id, NOW);
            await freed;
          };
          await remove();
          expect(await scene.isRendered(image)).toBe(false);
          await restoreImage(scene.portsOf(owner), image.id, { deletedGrace: WEEK });
          await scene.render(image);
          await scene.expectWhole(image);
          await remove();
          for (let round = 0; round < 4; round++) await scene.sweepLater(WEEK + 1);
          expect(await scene.hasBytes(image)).toBe(false);
        }));

      test(`${title}: eraseImage(), also in quarantine and in other processes`, () =>
        inScene(async (scene, image) => {
          const [own, others] = [await scene.putAside(owner), await scene.putAside(other)];
          await eraseImage(scene.portsOf(owner), image.id);
          expect([await scene.hasBytes(image), await scene.isRendered(image)]).toEqual([false, false]);
          expect(await scene.storage.blobs.quarantine.open(own)).toBeNull();
          expect(await scene.storage.blobs.quarantine.open(others)).not.toBeNull();
          await scene.render(image);
          await followRemovals(scene.portsOf(""), followFrom(0));
          expect(scene.storage.derivatives.recall(keyOf(image))).toBeNull();
        }));

      test(`${title}: purgeImage() and purgeImages() of all`, () =>
        inScene(async (scene, image) => {
          scene.clock.now += DAY;
          const { freed } = await purgeImage(scene.portsOf(owner), image.id, NOW);
          await freed;
          expect(await scene.isRendered(image)).toBe(false);
          const again = await scene.store(owner);
          scene.clock.now += DAY;
          const all = await purgeImages(scene.portsOf(owner), { all: true }, NOW);
          await all.freed;
          expect(await scene.isRendered(again)).toBe(false);
        }));

      test(`${title}: the sweep removes strays of erased bytes, and sets those of others aside`, () =>
        inScene(async (scene, image) => {
          await eraseImage(scene.portsOf(owner), image.id);
          const [own, others] = [await scene.publish(owner), await scene.publish(other)];
          await scene.sweepLater(DAY + 1);
          const { quarantine } = scene.storage.blobs;
          expect([await scene.hasKey(own), await scene.hasKey(others)]).toEqual([false, false]);
          expect(await quarantine.open(own)).toBeNull();
          expect(await quarantine.open(others)).not.toBeNull();
        }));

      test(`${title}: the sweep removes derivatives without an image`, () =>
        inScene(async (scene, image) => {
          await eraseImage(scene.portsOf(owner), image.id);
          await scene.render(image);
          expect((await scene.sweepLater(DAY))?.orphanedDerivatives).toBe(1);
          expect(await scene.isRendered(image)).toBe(false);
        }));

      test(`${title}: damage, and the upload that heals it`, () =>
        inScene(async (scene, image) => {
          const damage = await recordDamage(scene.portsOf(owner), image.blobKey);
          expect(damage).toEqual({ key: image.blobKey, images: [image.id] });
          await scene.store(other);
          expect(await scene.find(image)).toMatchObject({ isDamaged: true, blobKey: image.blobKey });
          await scene.store(owner);
          const healed = await scene.find(image);
          expect(healed.isDamaged).toBe(false);
          expect(healed.blobKey).not.toBe(image.blobKey);
          expect(await scene.hasBytes(healed)).toBe(true);
        }));

      test(`${title}: checkStorage() repairs lost bytes by copies of their owner only`, () =>
        inScene(async (scene, image) => {
          await scene.storage.blobs.remove(image.blobKey);
          const options = { owners: ["one", "two"] };
          const { findings } = await checkStorage(scene.portsOf(""), options);
          const images = [{ id: image.id, name: image.name }];
          const finding = { key: image.blobKey, state: "missing", images } as const;
          expect(findings).toEqual([{ ...finding, repairedFrom: null }]);
          expect(await scene.find(image)).toMatchObject({ isDamaged: true });
          await scene.putAside(owner);
          const repaired = await checkStorage(scene.portsOf(""), options);
          expect(repaired.findings).toEqual([{ ...finding, repairedFrom: "quarantine" }]);
          expect(await scene.hasBytes(await scene.find(image))).toBe(true);
        }));

      test(`${title}: checkStorage() gives a blob without a record back to its owner`, () =>
        inScene(async (scene, image) => {
          await eraseImage(scene.portsOf(owner), image.id);
          expect(await scene.storage.removals.forget(scene.now() + 1, 10)).toBe(1);
          const { id } = imageFixture();
          await scene.publish(owner, id);
          await scene.publish("three");
          scene.clock.now += DAY;
          const recovers = { recovers: true, isQuick: true, owners: ["one", "two"] };
          expect(await checkStorage(scene.portsOf(""), recovers)).toMatchObject({ recovered: 1, strays: 1 });
          const recovered = await scene.find({ id, owner });
          expect(recovered).toMatchObject({ id, owner, sha256: SHA256 });
          expect(await scene.hasBytes(recovered)).toBe(true);
        }));

      test(`${title}: copyBlobs() and pruneCopies()`, () =>
        inScene(async (scene, image) => {
          await using copy = await Scene.open(makeStorage);
          const [source, target] = [scene.storage.blobs, copy.storage.blobs];
          const options = { spool: copy.spool, copiesFiles: true };
          expect(await copyBlobs(source, target, options)).toMatchObject({ copied: 2, failed: 0 });
          const copies = async () => (await Array.fromAsync(target.list(SHARD), ({ key }) => key)).toSorted();
          expect(await copies()).toEqual(await scene.stored());
          await eraseImage(scene.portsOf(owner), image.id);
          expect(await pruneCopies({ source, target, ledger: scene.storage.ledger })).toBe(1);
          expect(await copies()).toEqual(await scene.stored());
        }));
    }
  });
}

/** Storage whose clock the test sets. */
class Scene implements AsyncDisposable {
  readonly storage: StorageUnderTest;
  readonly clock: { now: number };
  readonly spool: Spool;
  readonly #folder: TestFolder;

  private constructor(folder: TestFolder, storage: StorageUnderTest, clock: { now: number }) {
    this.#folder = folder;
    this.storage = storage;
    this.clock = clock;
    this.spool = new Spool(join(folder.path, "spool"), { capacity: 1e9 });
  }

  static async open(makeStorage: MakeStorage): Promise<Scene> {
    const folder = await testFolder();
    const clock = { now: Date.now() };
    const scene = new Scene(folder, await makeStorage(folder.path, () => clock.now), clock);
    await scene.spool.prepare();
    await Bun.write(scene.#upload, BYTES);
    const { installation, mark } = scene.storage;
    await mark.write(await installation.adopt({ id: crypto.randomUUID(), counter: 1 }));
    return scene;
  }

  get #upload(): string {
    return join(this.#folder.path, "upload");
  }

  readonly now = () => this.clock.now;

  portsOf(owner: string) {
    const probe = async () => imageFixture();
    return {
      ...this.storage,
      catalog: this.storage.catalog.of(owner),
      deleted: this.storage.deleted.of(owner),
      ledger: this.storage.ledger.of(owner),
      jobs: { staged: async () => new Set<string>() },
      renderer: { probe } as unknown as Ports["renderer"],
      scratch: this.spool,
      now: this.now,
      owner,
    };
  }

  /** Stores an image of an owner and renders it. */
  async store(owner: string): Promise<StoredImage> {
    const file = { path: this.#upload, bytes: BYTES.length, sha256: SHA256 };
    const { image } = await storeImage(this.portsOf(owner), file, NO_ATTRIBUTES);
    expect(image.owner).toBe(owner);
    const stored = await this.find(image);
    await this.render(stored);
    return stored;
  }

  async find({ id, owner }: Pick<StoredImage, "id" | "owner">): Promise<StoredImage> {
    const found = await this.portsOf(owner).catalog.find(id);
    if (!found) throw new Error(`Cannot find the image of owner "${owner}"`);
    return found;
  }

  async render(image: StoredImage): Promise<void> {
    const place = await this.storage.derivatives.reserve(keyOf(image));
    await Bun.write(place.output, BYTES);
    publishSealed(place.output, place.target, BYTES.length);
    await place.keep(BYTES.length);
  }

  async isRendered(image: StoredImage): Promise<boolean> {
    return (await this.storage.derivatives.find(keyOf(image))) !== null;
  }

  /** Publishes the bytes of an owner again, without a record. */
  async publish(owner: string, id?: string): Promise<string> {
    const key = newBlobKey(SHA256, { id, owner });
    await this.storage.blobs.put(key, this.#upload);
    return key;
  }

  async putAside(owner: string): Promise<string> {
    const key = await this.publish(owner);
    await this.storage.blobs.quarantine.put(key);
    return key;
  }

  async hasKey(key: string): Promise<boolean> {
    return (await this.storage.blobs.open(key)) !== null;
  }

  hasBytes({ blobKey }: StoredImage): Promise<boolean> {
    return this.hasKey(blobKey);
  }

  async stored(): Promise<string[]> {
    return (await Array.fromAsync(this.storage.blobs.list(SHARD), ({ key }) => key)).toSorted();
  }

  async sweepLater(milliseconds: number): Promise<Swept | null> {
    this.clock.now += milliseconds;
    const swept = await sweepStorage(this.portsOf(""), { holder: "test", grace: DAY, shard: SHARD });
    expect(swept).toMatchObject({ fault: null, failures: [] });
    return swept;
  }

  /** Expects an image to be as it was stored. */
  async expectWhole(image: StoredImage): Promise<void> {
    expect(await this.find(image)).toEqual(image);
    expect(await (await this.storage.blobs.open(image.blobKey))?.text()).toBe(BYTES);
    expect(await this.isRendered(image)).toBe(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function keyOf(image: StoredImage): string {
  return derivativeKey({ image, ...RECIPE });
}
