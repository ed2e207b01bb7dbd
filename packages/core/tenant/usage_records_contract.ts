import { describe, expect, test } from "bun:test";
import { newBlobKey } from "../blob/blob_store.ts";
import type { CatalogUnderTest, MakeCatalog } from "../image/catalog/image_catalog_contract.ts";
import type { AddedImage } from "../image/catalog/image_catalog.ts";
import type { Image } from "../image/image.ts";
import { imageFixture } from "../image/image_fixture.ts";
import type { StorageLimits } from "./usage_records.ts";

const OWNER = "one";
const UNLIMITED: StorageLimits = { images: null, bytes: null };

/** Tests what every {@linkcode UsageRecords} must do, with the catalogs that count. */
export function usageRecordsContract(name: string, makeCatalog: MakeCatalog): void {
  describe(`${name} as UsageRecords`, () => {
    test("read() counts the images of an owner without limits, deleted ones as well", async () => {
      await using made = await makeCatalog(Date.now);
      expect(await made.usage.read(OWNER)).toEqual({ images: 0, bytes: 0, limits: UNLIMITED });
      const [image] = [await add(made, { bytes: 3 }), await add(made, { bytes: 4 })];
      await made.catalog.add(imageFixture({ bytes: 100 }), offer());
      await made.catalog.of(OWNER).remove(image.id);
      expect(await made.usage.read(OWNER)).toEqual({ images: 2, bytes: 7, limits: UNLIMITED });
    });

    test("of 50 uploads at once for the last place of a quota, one succeeds, and the others leave nothing", async () => {
      await using made = await makeCatalog(Date.now);
      await add(made, { bytes: 1 });
      const limits = { images: 3, bytes: null };
      await made.usage.setLimits(OWNER, limits);
      await add(made, { bytes: 1 });
      const offers = Array.from({ length: 50 }, offer);
      const images = offers.map(() => imageFixture({ owner: OWNER, bytes: 2 }));
      const results = await Promise.allSettled(
        images.map((image, index) => made.catalog.of(OWNER).add(image, offers[index] ?? null)),
      );
      const stored = results.filter(({ status }) => status === "fulfilled");
      const refused = results.filter((result) => result.status === "rejected");
      expect(stored).toHaveLength(1);
      for (const { reason } of refused)
        expect(reason).toMatchObject({
          code: "quota_exceeded",
          message: "Cannot store image as at most 3 images may be stored: 3 are",
          details: { limit: 3 },
        });
      expect(await made.usage.read(OWNER)).toEqual({ images: 3, bytes: 4, limits });
      expect(await count(made)).toBe(3);
      const { blobKey } = (stored[0] as PromiseFulfilledResult<AddedImage>).value;
      expect(await made.ledger.known(offers.map(({ key }) => key))).toEqual(new Set([blobKey]));
    });

    test("a limit of bytes lets images in up to the last byte", async () => {
      await using made = await makeCatalog(Date.now);
      await made.usage.setLimits(OWNER, { images: null, bytes: 10 });
      await add(made, { bytes: 6 });
      await expect(add(made, { bytes: 5 })).rejects.toMatchObject({
        code: "quota_exceeded",
        message: "Cannot store image as at most 10 bytes may be stored: 6 are, and it has 5",
      });
      await add(made, { bytes: 4 });
      await expect(add(made, { bytes: 1 })).rejects.toMatchObject({ code: "quota_exceeded" });
      expect(await made.usage.read(OWNER)).toMatchObject({ images: 2, bytes: 10 });
      await made.catalog.add(imageFixture({ bytes: 100 }), offer());
    });

    test("a repeated upload with an idempotency key counts once, also at the limit", async () => {
      await using made = await makeCatalog(Date.now);
      await made.usage.setLimits(OWNER, { images: 1, bytes: null });
      const key = { idempotencyKey: "k", bytes: 5 };
      const repeated = Array.from({ length: 8 }, () => add(made, key));
      expect(new Set((await Promise.all(repeated)).map(({ id }) => id)).size).toBe(1);
      expect(await made.usage.read(OWNER)).toMatchObject({ images: 1, bytes: 5 });
    });

    test("deleting and restoring change nothing; erasing, releasing and expiring give back", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const limits = { images: 10, bytes: 1_000 };
      await made.usage.setLimits(OWNER, limits);
      const [catalog, deleted] = [made.catalog.of(OWNER), made.deleted.of(OWNER)];
      const ids: string[] = [];
      for (const bytes of [1, 10, 100]) ids.push((await add(made, { bytes })).id);
      const expiring = [
        await add(made, { bytes: 200, expiresAt: now + 5 }),
        await add(made, { bytes: 300, expiresAt: now + 5 }),
      ];
      const [one = "", ten = "", hundred = ""] = ids;
      const used = async () => (await made.usage.read(OWNER)).bytes;
      await catalog.removeMany([ten, hundred, expiring[0]?.id ?? ""]);
      await deleted.restore([hundred], 0);
      expect(await used()).toBe(611);
      await deleted.erase([one, imageFixture().id]);
      expect(await used()).toBe(610);
      now += 5;
      expect((await deleted.eraseExpired(10)).images).toHaveLength(2);
      expect(await used()).toBe(110);
      await made.deleted.release(now + 1, 10);
      expect(await used()).toBe(100);
      await catalog.remove(hundred);
      await deleted.erase([hundred]);
      expect(await made.usage.read(OWNER)).toEqual({ images: 0, bytes: 0, limits });
    });

    test("setLimits() keeps images beyond a limit, and counts anew after a time without limits", async () => {
      await using made = await makeCatalog(Date.now);
      await made.usage.setLimits(OWNER, { images: 5, bytes: null });
      for (let images = 0; images < 3; images++) await add(made, { bytes: 1 });
      await made.usage.setLimits(OWNER, { images: 2, bytes: 50 });
      const beyond = { images: 3, bytes: 3, limits: { images: 2, bytes: 50 } };
      expect(await made.usage.read(OWNER)).toEqual(beyond);
      await expect(add(made)).rejects.toMatchObject({ code: "quota_exceeded" });
      await made.usage.setLimits(OWNER, UNLIMITED);
      await add(made, { bytes: 2 });
      expect(await made.usage.read(OWNER)).toEqual({ images: 4, bytes: 5, limits: UNLIMITED });
      await made.usage.setLimits(OWNER, { images: 5, bytes: null });
      await add(made, { bytes: 2 });
      await expect(add(made, { bytes: 2 })).rejects.toMatchObject({ code: "quota_exceeded" });
      expect(await made.usage.read(OWNER)).toMatchObject({ images: 5, bytes: 7 });
    });

    test("setLimits() counts each of the images that are added and erased meanwhile once", async () => {
      await using made = await makeCatalog(Date.now);
      for (let round = 0; round < 5; round++) {
        await made.usage.setLimits(OWNER, UNLIMITED);
        const work = Array.from({ length: 20 }, async (_, index) => {
          const { id } = await add(made, { bytes: 3 });
          if (index % 2 === 0) await made.deleted.of(OWNER).erase([id]);
        });
        await made.usage.setLimits(OWNER, { images: 1_000, bytes: null });
        await Promise.all(work);
        const images = await count(made);
        expect(await made.usage.read(OWNER)).toMatchObject({ images, bytes: 3 * images });
      }
    });
  });
}

async function add({ catalog }: CatalogUnderTest, changes: Partial<Image> = {}): Promise<Image> {
  const image = imageFixture({ owner: OWNER, ...changes });
  return (await catalog.of(OWNER).add(image, offer()))?.image ?? image;
}

function offer() {
  return { key: newBlobKey(imageFixture().sha256), validUntil: Number.MAX_SAFE_INTEGER };
}

async function count({ catalog }: CatalogUnderTest): Promise<number> {
  return (await catalog.of(OWNER).count({ order: "createdAt" }, 10_000)).count;
}
