import { describe, expect, test } from "bun:test";
import { newBlobKey } from "../../blob/blob_store.ts";
import type { Image } from "../image.ts";
import { imageFixture } from "../image_fixture.ts";
import type { CountQuery, ImageCatalog, ListQuery } from "./image_catalog.ts";
import type { MakeCatalog } from "./image_catalog_contract.ts";

const NOW = 1_000_000;
const DIGEST = "ab".repeat(32);

/** Equal in the images of both owners. */
const SHARED = {
  name: "a name",
  tags: ["a", "b"],
  format: "png",
  bytes: 5,
  sha256: DIGEST,
  idempotencyKey: "k",
  idempotencyRequest: "r",
  createdAt: NOW,
} as const;

/** Tests that owners neither reach nor change the images of others, in both directions. */
export function otherOwnerContract(name: string, makeCatalog: MakeCatalog): void {
  for (const [owner, other] of [
    ["", "other"],
    ["one", ""],
  ] as const)
    describe(`${name} of the owner "${owner}", with images of "${other}"`, () => {
      let now = NOW;
      const make = async () => {
        now = NOW;
        const made = await makeCatalog(() => now);
        const catalog = made.catalog.of(owner);
        const others = made.catalog.of(other);
        const deleted = made.deleted.of(owner);
        const othersDeleted = made.deleted.of(other);
        const theirs = await add(others, { ...SHARED, owner: other });
        return { ...made, catalog, others, deleted, othersDeleted, theirs, made };
      };

      test("add() rejects an image of the other owner", async () => {
        const { made, catalog, others, theirs } = await make();
        await using _made = made;
        const image = imageFixture({ owner: other });
        await expect(catalog.add(image, null)).rejects.toThrow(TypeError);
        expect(await others.find(theirs.id)).toMatchObject(theirs);
      });

      test("add() and findByKey() know neither the bytes nor the idempotency keys of the other", async () => {
        const { made, catalog, others, theirs } = await make();
        await using _made = made;
        const before = await others.find(theirs.id);
        expect(await catalog.findByKey("k")).toBeNull();
        const image = imageFixture({ ...SHARED, owner });
        expect(await catalog.add(image, null)).toBeNull();
        const key = newBlobKey(DIGEST);
        const offer = { key, validUntil: Infinity, replaces: before?.blobKey };
        expect(await catalog.add(image, offer)).toEqual({ image, blobKey: key });
        expect(await catalog.find(image.id)).toMatchObject({ id: image.id, blobKey: key });
        expect(await catalog.findByKey("k")).toMatchObject({ id: image.id });
        expect(await others.findByKey("k")).toMatchObject({ id: theirs.id });
        const again = imageFixture({ ...SHARED, owner });
        expect((await catalog.add(again, null))?.image.id).toBe(image.id);
        expect(await others.find(theirs.id)).toEqual(before);
      });

      test("no method finds, changes or removes an image by the other's id", async () => {
        const { made, catalog, others, deleted, theirs } = await make();
        await using _made = made;
        const own = await add(catalog, { ...SHARED, owner });
        const before = await others.find(theirs.id);
        const unseen = () => {
          throw new Error("saw an image of the other owner");
        };
        expect(await catalog.find(theirs.id)).toBeNull();
        expect(await catalog.findMany([theirs.id, own.id])).toMatchObject([{ id: own.id }]);
        expect(await catalog.update(theirs.id, unseen)).toBeNull();
        expect(await catalog.updateMany([theirs.id], unseen)).toEqual([]);
        expect(await catalog.remove(theirs.id, { check: unseen })).toBeNull();
        expect(await catalog.removeMany([theirs.id])).toEqual([]);
        expect(await catalog.purge([theirs.id])).toEqual([]);
        expect(await deleted.erase([theirs.id], { check: unseen })).toEqual({ images: [], removals: [] });
        expect(await others.find(theirs.id)).toEqual(before);
        expect(await catalog.removeMany([theirs.id, own.id])).toMatchObject([{ id: own.id }]);
        expect((await deleted.erase([theirs.id, own.id])).images).toMatchObject([{ id: own.id }]);
        expect(await others.find(theirs.id)).toEqual(before);
        expect(await listed(others, { tag: "a" })).toEqual([theirs.id]);
      });

      test("list(), scan() and count() return no image of the other, by any filter and in any order", async () => {
        const { made, catalog, others, theirs } = await make();
        await using _made = made;
        const filters: Partial<ListQuery>[] = [
          {},
          { order: "name", namePrefix: "a" },
          { order: "updatedAt", updatedFrom: NOW },
          { order: "bytes" },
          { tag: "a" },
          { tag: ["a", "b"] },
          { sha256: DIGEST },
          { format: "png" },
          { tag: "a", format: "png" },
          { tag: "a", sha256: DIGEST },
          { sha256: DIGEST, format: "png", createdFrom: NOW },
        ];
        for (const isStored of [false, true]) {
          const owned = isStored ? [(await add(catalog, { ...SHARED, owner })).id] : [];
          for (const filter of filters) {
            expect(await listed(catalog, filter)).toEqual(owned);
            expect(await scanned(catalog, filter)).toEqual(owned);
            const count: CountQuery = { order: "createdAt", ...filter };
            expect(await catalog.count(count, 10)).toEqual({ count: owned.length, isExact: true });
            expect(await listed(others, filter)).toEqual([theirs.id]);
          }
        }
      });

      test("purges start no new generation of the other's images", async () => {
        const { made, catalog, others, theirs } = await make();
        await using _made = made;
        const own = await add(catalog, { ...SHARED, owner });
        now += 10;
        await catalog.purge([own.id, theirs.id]);
        now += 10;
        const generation = await catalog.purgeAll();
        expect(await catalog.find(own.id)).toMatchObject({ generation });
        expect(await others.find(theirs.id)).toMatchObject({ generation: 0 });
        await others.purgeAll();
        expect(await catalog.find(own.id)).toMatchObject({ generation });
      });

      test("deleted images of the other are neither found, listed, restored nor erased", async () => {
        const { made, catalog, others, deleted, othersDeleted, theirs } = await make();
        await using _made = made;
        const own = await add(catalog, { ...SHARED, owner });
        await others.remove(theirs.id);
        await catalog.remove(own.id);
        expect(await deleted.find(theirs.id)).toBeNull();
        expect(await deleted.list({ limit: 10 })).toMatchObject([{ id: own.id }]);
        expect(await deleted.restore([theirs.id], 0)).toEqual([]);
        expect(await deleted.erase([theirs.id])).toEqual({ images: [], removals: [] });
        expect(await deleted.restore([own.id, theirs.id], 0)).toMatchObject([{ id: own.id }]);
        expect((await deleted.erase([own.id, theirs.id])).images).toMatchObject([{ id: own.id }]);
        expect(await othersDeleted.find(theirs.id)).toMatchObject({ id: theirs.id });
        expect(await othersDeleted.restore([theirs.id], 0)).toMatchObject([{ id: theirs.id }]);
        expect(await listed(others, { tag: "a" })).toEqual([theirs.id]);
      });

      test("maintenance reaches the images of both", async () => {
        const { made, catalog, others, deleted, theirs } = await make();
        await using _made = made;
        const own = await add(catalog, { owner, expiresAt: NOW + 10 });
        const expiring = await add(others, { owner: other, expiresAt: NOW + 10 });
        const ids = (images: readonly Pick<Image, "id">[]) => images.map(({ id }) => id).toSorted();
        expect(ids(await catalog.findOfAll([own.id, theirs.id]))).toEqual(ids([own, theirs]));
        now += 10;
        expect(ids((await deleted.eraseExpired(10)).images)).toEqual(ids([own, expiring]));
        await others.remove(theirs.id);
        expect(await deleted.release(now + 1, 10)).toBe(1);
      });
    });
}

async function add(catalog: ImageCatalog, changes: Partial<Image>): Promise<Image> {
  const image = imageFixture(changes);
  await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Infinity });
  return image;
}

async function listed(catalog: ImageCatalog, filter: Partial<ListQuery>): Promise<readonly string[]> {
  const images = await catalog.list({ order: "createdAt", descending: true, limit: 10, ...filter });
  return images.map(({ id }) => id);
}

async function scanned(catalog: ImageCatalog, filter: Partial<ListQuery>): Promise<readonly string[]> {
  const slice = await catalog.scan({ order: "createdAt", descending: true, limit: 10, ...filter });
  return slice.images.map(({ id }) => id);
}
