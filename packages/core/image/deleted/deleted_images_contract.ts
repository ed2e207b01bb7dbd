import { describe, expect, test } from "bun:test";
import { newBlobKey } from "../../blob/blob_store.ts";
import type { DeletedListQuery } from "./deleted_images.ts";
import type { Image } from "../image.ts";
import type { CatalogUnderTest, MakeCatalog } from "../catalog/image_catalog_contract.ts";
import { imageFixture } from "../image_fixture.ts";

/** Each attribute differs from that of a new image. */
const ATTRIBUTES = {
  name: "Ünïcödé 🦊.jpg",
  tags: ["a", "ß", "🦊"],
  metadata: { nested: { list: [1, null, true, "x"] } },
  focalPoint: { x: 0.25, y: 1 },
  private: true,
  expiresAt: 9_000_000,
  hasAlpha: true,
  hasProfile: true,
  orientation: 6,
  pages: 3,
};

/** Tests what every {@linkcode DeletedImages} must do. */
export function deletedImagesContract(name: string, makeCatalog: MakeCatalog): void {
  describe(`${name} as DeletedImages`, () => {
    let now = 0;
    const make = async () => {
      now = 1_000_000;
      return await makeCatalog(() => now);
    };

    test("restore() restores an image unchanged, with each attribute, its tags and its bytes", async () => {
      await using made = await make();
      const image = await add(made, { ...ATTRIBUTES, revision: 7, createdAt: 900_000, updatedAt: 950_000 });
      const before = await made.catalog.find(image.id);
      await made.catalog.remove(image.id);
      now += 10;
      expect(await made.deleted.restore([image.id], 0)).toEqual([image]);
      expect(await made.catalog.find(image.id)).toEqual(before);
      for (const tag of ATTRIBUTES.tags) expect(await listed(made, { tag })).toEqual([image.id]);
      expect(await made.deleted.list({ limit: 10 })).toEqual([]);
      expect(await made.ledger.condemn(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
    });

    test("restore() restores an image in the generation of a meanwhile purge of all images", async () => {
      await using made = await make();
      const image = await add(made);
      await made.catalog.remove(image.id);
      const generation = await made.catalog.purgeAll();
      expect(await made.deleted.restore([image.id], 0)).toEqual([{ ...image, generation }]);
      expect(await made.catalog.find(image.id)).toMatchObject({ generation });
    });

    test("restore() restores images deleted after a time, to the millisecond", async () => {
      await using made = await make();
      const image = await add(made);
      await made.catalog.remove(image.id);
      expect(await made.deleted.restore([image.id], now)).toEqual([]);
      expect(await made.catalog.find(image.id)).toBeNull();
      expect(await made.deleted.restore([image.id], now - 1)).toMatchObject([{ id: image.id }]);
    });

    test("restore() restores images that have not expired, to the millisecond", async () => {
      await using made = await make();
      const image = await add(made, { expiresAt: 1_000_010 });
      await made.catalog.remove(image.id);
      now = 1_000_010;
      expect(await made.deleted.restore([image.id], 0)).toEqual([]);
      expect(await made.deleted.list({ limit: 10 })).toEqual([]);
      now = 1_000_009;
      expect(await made.deleted.list({ limit: 10 })).toHaveLength(1);
      expect(await made.deleted.restore([image.id], 0)).toMatchObject([{ id: image.id }]);
    });

    test("restore() restores an image once, and only deleted ones", async () => {
      await using made = await make();
      const [one, two, live] = [await add(made), await add(made), await add(made)];
      await made.catalog.removeMany([one.id, two.id]);
      const ids = [one.id, imageFixture().id, live.id, one.id];
      expect(await made.deleted.restore(ids, 0)).toEqual([one]);
      expect(await made.deleted.restore(ids, 0)).toEqual([]);
      expect(await made.deleted.restore([], 0)).toEqual([]);
      expect((await listed(made)).toSorted()).toEqual([one.id, live.id].toSorted());
      const both = await Promise.all([1, 2, 3].map(() => made.deleted.restore([two.id], 0)));
      expect(both.flat()).toEqual([two]);
    });

    test("restore() clears the idempotency key, so that a new image may have it", async () => {
      await using made = await make();
      const first = await add(made, { idempotencyKey: "k", createdAt: now });
      await made.catalog.remove(first.id);
      const second = await add(made, { idempotencyKey: "k", createdAt: now });
      expect(await made.deleted.restore([first.id], 0)).toEqual([{ ...first, idempotencyKey: null }]);
      expect((await listed(made)).toSorted()).toEqual([first.id, second.id].toSorted());
      const again = imageFixture({ idempotencyKey: "k", createdAt: now });
      expect((await made.catalog.add(again, null))?.image.id).toBe(second.id);
    });

    test("a restored image can be changed, deleted and restored again", async () => {
      await using made = await make();
      const image = await add(made, { tags: ["old"] });
      for (const tag of ["new", "newer"]) {
        await made.catalog.remove(image.id);
        await made.deleted.restore([image.id], 0);
        await made.catalog.update(image.id, (before) => ({ ...before, tags: [tag] }));
        expect(await listed(made, { tag })).toEqual([image.id]);
        expect(await listed(made, { tag: "old" })).toEqual([]);
      }
      expect(await made.catalog.find(image.id)).toMatchObject({ revision: 3, tags: ["newer"] });
    });

    test("find() returns a deleted image until it is restored or erased, or has expired", async () => {
      await using made = await make();
      const image = await add(made, { tags: ["a"], expiresAt: now + 100 });
      expect(await made.deleted.find(image.id)).toBeNull();
      await made.catalog.remove(image.id);
      const deletedAt = now;
      now += 99;
      expect(await made.deleted.find(image.id)).toEqual({ ...image, deletedAt });
      await made.deleted.restore([image.id], 0);
      expect(await made.deleted.find(image.id)).toBeNull();
      await made.catalog.remove(image.id);
      now += 1;
      expect(await made.deleted.find(image.id)).toBeNull();
      now -= 1;
      await made.deleted.erase([image.id]);
      expect(await made.deleted.find(image.id)).toBeNull();
    });

    test("list() pages through deleted images, most recently deleted first, ties by id", async () => {
      await using made = await make();
      const deleted: Image[] = [];
      for (const moment of [1, 2, 2, 2, 3, 3]) {
        const image = await add(made, { ...ATTRIBUTES, createdAt: 900_000 });
        now = 1_000_000 + moment;
        await made.catalog.remove(image.id);
        deleted.push(image);
      }
      await add(made);
      const all = await made.deleted.list({ limit: 10 });
      const ids = all.map(({ id }) => id);
      expect(all.map(({ deletedAt }) => deletedAt)).toEqual(
        [3, 3, 2, 2, 2, 1].map((each) => 1_000_000 + each),
      );
      expect(ids.toSorted()).toEqual(deleted.map(({ id }) => id).toSorted());
      for (const tie of [ids.slice(0, 2), ids.slice(2, 5)]) expect(tie).toEqual(tie.toSorted().toReversed());
      expect(all.at(-1)).toEqual({ ...(deleted[0] as Image), deletedAt: 1_000_001 });
      for (const limit of [1, 2, 4, 6, 7]) expect(await pages(made, limit)).toEqual(ids);
    });

    test("erase() removes an image with its tags, and takes its blob off the ledger", async () => {
      await using made = await make();
      const image = await add(made, { tags: ["t"], idempotencyKey: "k", createdAt: now });
      const key = await keyOf(made, image);
      const { sha256, id, owner } = image;
      const removal = { key, digest: sha256, owner, removedAt: now };
      expect(await made.deleted.erase([id])).toEqual({
        images: [{ id, owner, sha256 }],
        removals: [removal],
      });
      await expectGone(made, image);
      expect(await listed(made, { tag: "t" })).toEqual([]);
      expect(await made.ledger.known([key])).toEqual(new Set());
      expect(await made.removals.pending(10)).toEqual([removal]);
      // If any of its tags remained, a database would reject them the second time.
      const offer = { key: newBlobKey(sha256), validUntil: Infinity };
      expect((await made.catalog.add(image, offer))?.image).toEqual(image);
      expect(await listed(made, { tag: "t" })).toEqual([id]);
    });

    test("erase() removes a deleted image, and ignores missing ones", async () => {
      await using made = await make();
      const [deleted, other] = [await add(made), await add(made)];
      const key = await keyOf(made, deleted);
      await made.catalog.remove(deleted.id);
      const { images, removals } = await made.deleted.erase([imageFixture().id, deleted.id, deleted.id]);
      expect(images).toEqual([{ id: deleted.id, owner: "", sha256: deleted.sha256 }]);
      expect(removals.map((removal) => removal.key)).toEqual([key]);
      await expectGone(made, deleted);
      expect(await made.deleted.erase([deleted.id])).toEqual({ images: [], removals: [] });
      expect(await made.deleted.erase([])).toEqual({ images: [], removals: [] });
      expect(await listed(made)).toEqual([other.id]);
      expect(await made.removals.pending(10)).toHaveLength(1);
    });

    test("erase() keeps a blob until the last image with its bytes is erased, deleted or not", async () => {
      await using made = await make();
      const one = await add(made);
      const [two, three] = [await add(made, { sha256: one.sha256 }), await add(made, { sha256: one.sha256 })];
      const key = await keyOf(made, one);
      await made.catalog.remove(two.id);
      expect((await made.deleted.erase([one.id])).removals).toEqual([]);
      expect((await made.deleted.erase([three.id])).removals).toEqual([]);
      expect(await made.ledger.known([key])).toEqual(new Set([key]));
      expect(await made.deleted.restore([two.id], 0)).toMatchObject([{ id: two.id }]);
      expect(await keyOf(made, two)).toBe(key);
      expect((await made.deleted.erase([two.id])).removals).toMatchObject([{ key }]);
    });

    test("erase() of several images takes each blob off the ledger once", async () => {
      await using made = await make();
      const one = await add(made);
      const [twin, deleted] = [await add(made, { sha256: one.sha256 }), await add(made)];
      await made.catalog.remove(deleted.id);
      const { images, removals } = await made.deleted.erase([one.id, twin.id, deleted.id]);
      expect(images.map(({ id }) => id).toSorted()).toEqual([one.id, twin.id, deleted.id].toSorted());
      expect(removals.map(({ digest }) => digest).toSorted()).toEqual(
        [one.sha256, deleted.sha256].toSorted(),
      );
    });

    test("eraseExpired() erases expired images, to the millisecond, deleted or not", async () => {
      await using made = await make();
      const live = await add(made, { expiresAt: 1_000_010, tags: ["t"] });
      const deleted = await add(made, { expiresAt: 1_000_010 });
      const [later, forever] = [await add(made, { expiresAt: 1_000_011 }), await add(made)];
      await made.catalog.remove(deleted.id);
      now = 1_000_009;
      expect(await made.deleted.eraseExpired(10)).toEqual({ images: [], removals: [] });
      now = 1_000_010;
      const { images, removals } = await made.deleted.eraseExpired(10);
      expect(images.map(({ id }) => id).toSorted()).toEqual([live.id, deleted.id].toSorted());
      expect(removals.map(({ digest }) => digest).toSorted()).toEqual(
        [live.sha256, deleted.sha256].toSorted(),
      );
      for (const image of [live, deleted]) await expectGone(made, image);
      expect((await listed(made)).toSorted()).toEqual([later.id, forever.id].toSorted());
    });

    test("eraseExpired() erases up to a limit", async () => {
      await using made = await make();
      for (let count = 0; count < 5; count++) await add(made, { expiresAt: now });
      const counts: number[] = [];
      for (let round = 0; round < 4; round++) counts.push((await made.deleted.eraseExpired(2)).images.length);
      expect(counts).toEqual([2, 2, 1, 0]);
    });

    test("release() removes images deleted before a time, to the millisecond, and their blobs become idle", async () => {
      await using made = await make();
      const image = await add(made);
      const key = await keyOf(made, image);
      await made.catalog.remove(image.id);
      const deletedAt = now;
      now += 100;
      expect(await made.deleted.release(deletedAt, 10)).toBe(0);
      expect(await made.ledger.condemn(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
      expect(await made.deleted.release(deletedAt + 1, 10)).toBe(1);
      await expectGone(made, image);
      expect(await made.ledger.condemn(now, 10)).toBe(0);
      expect(await made.ledger.condemn(now + 1, 10)).toBe(1);
      expect(await made.ledger.release(now + 1, 10)).toMatchObject([{ key }]);
    });

    test("release() removes up to a limit, and keeps the blobs of other images", async () => {
      await using made = await make();
      const kept = await add(made);
      const images = [await add(made), await add(made), await add(made, { sha256: kept.sha256 })];
      await made.catalog.removeMany(images.map(({ id }) => id));
      const counts: number[] = [];
      for (let round = 0; round < 3; round++) counts.push(await made.deleted.release(now + 1, 2));
      expect(counts).toEqual([2, 1, 0]);
      expect(await made.ledger.condemn(now + 1, 10)).toBe(2);
    });

    test("erase() removes an image that is restored concurrently", async () => {
      await using made = await make();
      for (let round = 0; round < 20; round++) {
        const image = await add(made);
        const key = await keyOf(made, image);
        await made.catalog.remove(image.id);
        const [, erased] = await Promise.all([
          made.deleted.restore([image.id], 0),
          made.deleted.erase([image.id]),
        ]);
        expect(erased.removals.map((removal) => removal.key)).toEqual([key]);
        await expectGone(made, image);
      }
    });
  });
}

async function add({ catalog }: CatalogUnderTest, changes: Partial<Image> = {}): Promise<Image> {
  const image = imageFixture(changes);
  await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Number.MAX_SAFE_INTEGER });
  return image;
}

async function keyOf({ ledger }: CatalogUnderTest, { sha256 }: Image): Promise<string> {
  return (await ledger.page(sha256, { limit: 1 }))[0]?.key ?? "";
}

async function listed(
  { catalog }: CatalogUnderTest,
  filter: { readonly tag?: string } = {},
): Promise<string[]> {
  const images = await catalog.list({ order: "createdAt", descending: true, limit: 100, ...filter });
  return images.map(({ id }) => id);
}

async function expectGone({ catalog, deleted }: CatalogUnderTest, { id }: Image): Promise<void> {
  expect(await catalog.find(id)).toBeNull();
  expect(await deleted.restore([id], 0)).toEqual([]);
  expect((await deleted.list({ limit: 100 })).filter((each) => each.id === id)).toEqual([]);
}

async function pages({ deleted }: CatalogUnderTest, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after: DeletedListQuery["after"]; ;) {
    const items = await deleted.list({ limit, after });
    ids.push(...items.map(({ id }) => id));
    const last = items.at(-1);
    if (!last) return ids;
    after = { value: last.deletedAt, id: last.id };
  }
}
