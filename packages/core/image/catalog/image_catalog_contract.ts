import { describe, expect, test } from "bun:test";
import type { BlobLedger } from "../../blob/blob_ledger.ts";
import { newBlobKey } from "../../blob/blob_store.ts";
import { imageFixture } from "../image_fixture.ts";
import type { RemovalRecord } from "../../blob/removal_record.ts";
import type { UsageRecords } from "../../tenant/usage_records.ts";
import type { ImageSelection } from "../../verbs/image/select_images.ts";
import { updateImages } from "../../verbs/image/update_images.ts";
import type { DeletedImages } from "../deleted/deleted_images.ts";
import type { Image } from "../image.ts";
import type { ImageCatalog, ListQuery, RemovedImage } from "./image_catalog.ts";
import { positionOf } from "./list_position.ts";

/** A catalog with the ports that share its tables. */
export interface CatalogUnderTest extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  readonly deleted: DeletedImages;
  readonly ledger: BlobLedger;
  readonly removals: RemovalRecord;
  readonly usage: UsageRecords;
}

/** Makes an empty catalog that uses a given clock. */
export type MakeCatalog = (now: () => number) => CatalogUnderTest | Promise<CatalogUnderTest>;

const NEWEST_FIRST: ListQuery = { order: "createdAt", descending: true, limit: 100 };

/** Tests what every {@linkcode ImageCatalog} must do. */
export function imageCatalogContract(name: string, makeCatalog: MakeCatalog): void {
  describe(`${name} as an ImageCatalog`, () => {
    async function add(catalog: ImageCatalog, changes: Partial<Image> = {}): Promise<Image> {
      const image = imageFixture(changes);
      await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Number.MAX_SAFE_INTEGER });
      return image;
    }

    test("find() returns the added image, and where its bytes are", async () => {
      await using made = await makeCatalog(Date.now);
      const image = imageFixture({
        name: "Ünïcödé 🦊.jpg",
        tags: ["a", "ß", "🦊"],
        metadata: { nested: { list: [1, null, true, "x"] } },
        focalPoint: { x: 0.25, y: 1 },
        private: true,
        expiresAt: Date.now() + 100_000,
        hasAlpha: true,
      });
      const key = newBlobKey(image.sha256);
      expect(await made.catalog.add(image, { key, validUntil: Date.now() + 1000 })).toEqual({
        image,
        blobKey: key,
      });
      expect(await made.catalog.find(image.id)).toEqual({ ...image, blobKey: key, isDamaged: false });
    });

    test("find() returns null if there is no image", async () => {
      await using made = await makeCatalog(Date.now);
      expect(await made.catalog.find(imageFixture().id)).toBeNull();
    });

    test("add() of known bytes uses the key on record", async () => {
      await using made = await makeCatalog(Date.now);
      const first = await add(made.catalog);
      const second = imageFixture({ sha256: first.sha256 });
      const key = (await made.catalog.find(first.id))?.blobKey ?? "";
      const late = { key: newBlobKey(first.sha256), validUntil: Number.MAX_SAFE_INTEGER };
      expect(await made.catalog.add(second, late)).toEqual({ image: second, blobKey: key });
      expect(await made.catalog.add(imageFixture({ sha256: first.sha256 }), null)).toMatchObject({
        blobKey: key,
      });
      expect((await made.catalog.find(second.id))?.blobKey).toBe(key);
    });

    test("add() without bytes adds nothing", async () => {
      await using made = await makeCatalog(Date.now);
      const image = imageFixture();
      expect(await made.catalog.add(image, null)).toBeNull();
      expect(await made.catalog.find(image.id)).toBeNull();
    });

    test("add() makes one image per idempotency key, for a day", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const first = await add(made.catalog, { idempotencyKey: "k", createdAt: now });
      const again = imageFixture({ idempotencyKey: "k", createdAt: now });
      const offer = { key: newBlobKey(again.sha256), validUntil: Number.MAX_SAFE_INTEGER };
      expect((await made.catalog.add(again, offer))?.image).toEqual(first);
      expect(await made.catalog.findByKey("k")).toEqual(first);
      expect(await made.catalog.findByKey("another")).toBeNull();
      expect(await made.catalog.find(again.id)).toBeNull();
      expect(await made.ledger.touch(again.sha256)).toBeNull();
      await add(made.catalog, { idempotencyKey: "other", createdAt: now });
      now += 86_400_000;
      expect(await made.catalog.findByKey("k")).toBeNull();
      const later = imageFixture({ idempotencyKey: "k", idempotencyRequest: "r", createdAt: now });
      expect(
        (await made.catalog.add(later, { key: newBlobKey(later.sha256), validUntil: now + 1 }))?.image,
      ).toEqual(later);
      await made.catalog.remove(later.id);
      expect((await made.catalog.add(again, offer))?.image).toEqual(again);
    });

    test("add() makes another image for an idempotency key whose image has expired", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const key = { idempotencyKey: "k", createdAt: now };
      const expiring = await add(made.catalog, { ...key, expiresAt: 1_000_010 });
      const again = imageFixture(key);
      const offer = { key: newBlobKey(again.sha256), validUntil: Infinity };
      now = 1_000_009;
      expect((await made.catalog.add(again, offer))?.image).toEqual(expiring);
      now = 1_000_010;
      expect((await made.catalog.add(again, offer))?.image).toEqual(again);
      const last = imageFixture(key);
      expect((await made.catalog.add(last, null))?.image).toEqual(again);
    });

    test("add() replaces the bytes of all images of a digest, once", async () => {
      await using made = await makeCatalog(Date.now);
      const first = await add(made.catalog);
      const { sha256 } = first;
      const lost = (await made.catalog.find(first.id))?.blobKey ?? "";
      await made.ledger.setDamaged(lost, true);
      // A catalog that caches images need not see it.
      expect(await made.catalog.findMany([first.id])).toMatchObject([{ isDamaged: true }]);
      const offers = Array.from({ length: 4 }, () => ({
        key: newBlobKey(sha256),
        validUntil: Number.MAX_SAFE_INTEGER,
        replaces: lost,
      }));
      const images = offers.map(() => imageFixture({ sha256 }));
      const added = await Promise.all(
        offers.map(async (offer, index) => await made.catalog.add(images[index] ?? first, offer)),
      );
      // One of several replacements wins, and the others get its key.
      const [key = ""] = new Set(added.map((each) => each?.blobKey));
      expect(offers.map((offer) => offer.key)).toContain(key);
      expect(added.map((each) => each?.blobKey)).toEqual(offers.map(() => key));
      for (const { id } of [first, ...images])
        expect(await made.catalog.find(id)).toMatchObject({ blobKey: key, isDamaged: false });
      expect(await made.ledger.touch(sha256)).toEqual({ key, isDamaged: false });
      expect(await made.ledger.known([lost, ...offers.map((offer) => offer.key)])).toEqual(new Set([key]));
      expect(await made.ledger.damaged(10)).toEqual([]);
      expect(await made.ledger.count()).toBe(1);
    });

    test("add() does not replace bytes by an expired offer, or by one for another key", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const first = await add(made.catalog);
      const { sha256 } = first;
      const key = (await made.catalog.find(first.id))?.blobKey ?? "";
      now += 2;
      for (const offer of [
        { key: newBlobKey(sha256), validUntil: now - 1, replaces: key },
        { key: newBlobKey(sha256), validUntil: now + 1, replaces: newBlobKey(sha256) },
      ])
        expect((await made.catalog.add(imageFixture({ sha256 }), offer))?.blobKey).toBe(key);
    });

    test("add() replaces the bytes of the image of an idempotency key, and adds no image", async () => {
      await using made = await makeCatalog(Date.now);
      const first = await add(made.catalog, { idempotencyKey: "k", createdAt: Date.now() });
      const lost = (await made.catalog.find(first.id))?.blobKey ?? "";
      await made.ledger.setDamaged(lost, true);
      const offer = { key: newBlobKey(first.sha256), validUntil: Number.MAX_SAFE_INTEGER, replaces: lost };
      const again = imageFixture({ sha256: first.sha256, idempotencyKey: "k" });
      expect(await made.catalog.add(again, offer)).toEqual({ image: first, blobKey: offer.key });
      expect(await made.catalog.find(first.id)).toMatchObject({ blobKey: offer.key, isDamaged: false });
      const late = { ...offer, key: newBlobKey(first.sha256) };
      expect(await made.catalog.add(again, late)).toEqual({ image: first, blobKey: offer.key });
      // Other bytes under the same key replace nothing.
      const other = imageFixture({ idempotencyKey: "k" });
      const wrong = {
        key: newBlobKey(other.sha256),
        validUntil: Number.MAX_SAFE_INTEGER,
        replaces: offer.key,
      };
      expect(await made.catalog.add(other, wrong)).toEqual({ image: first, blobKey: offer.key });
      expect((await made.catalog.list(NEWEST_FIRST)).length).toBe(1);
    });

    test("add() rejects an expired offer", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const image = imageFixture();
      const offer = { key: newBlobKey(image.sha256), validUntil: now + 1 };
      now += 1;
      expect(await made.catalog.add(image, offer)).toBeNull();
      expect(await made.ledger.touch(image.sha256)).toBeNull();
    });

    test("add() makes one image per idempotency key and one record per digest, also concurrently", async () => {
      await using made = await makeCatalog(Date.now);
      const { sha256 } = imageFixture();
      const named = Array.from({ length: 8 }, () => imageFixture({ idempotencyKey: "k", sha256 }));
      const offers = named.map(() => ({ key: newBlobKey(sha256), validUntil: Number.MAX_SAFE_INTEGER }));
      const added = await Promise.all(
        named.map((image, index) => made.catalog.add(image, offers[index] ?? null)),
      );
      expect(new Set(added.map((each) => each?.image.id)).size).toBe(1);
      expect(new Set(added.map((each) => each?.blobKey)).size).toBe(1);
      const others = await Promise.all(
        offers.map((offer) => made.catalog.add(imageFixture({ sha256 }), offer)),
      );
      expect(new Set(others.map((each) => each?.image.id)).size).toBe(offers.length);
      expect(new Set([...added, ...others].map((each) => each?.blobKey)).size).toBe(1);
      expect((await made.catalog.list(NEWEST_FIRST)).length).toBe(1 + offers.length);
      expect((await made.ledger.known(offers.map(({ key }) => key))).size).toBe(1);
    });

    test("list() pages through every order in both directions, ties included", async () => {
      await using made = await makeCatalog(Date.now);
      const names = ["b", "a", "a", "ä", "B", null, null, "a".repeat(255), "🦊", "z"];
      const images: Image[] = [];
      for (const [index, name] of names.entries()) {
        images.push(
          await add(made.catalog, {
            name,
            bytes: index % 3,
            createdAt: 1_700_000_000_000 + (index >> 1),
            updatedAt: 1_700_000_100_000 - (index >> 2),
          }),
        );
      }
      for (const order of ["createdAt", "updatedAt", "name", "bytes"] as const) {
        const ascending = await pages(made.catalog, { order, descending: false, limit: 2 });
        const descending = await pages(made.catalog, { order, descending: true, limit: 2 });
        expect(descending.toReversed()).toEqual(ascending);
        expect(ascending.toSorted()).toEqual(images.map(({ id }) => id).toSorted());
        const values = ascending.map((id) => images.find((image) => image.id === id)?.[order] ?? "");
        expect(values).toEqual(values.toSorted(compareValues));
      }
      const first = await made.catalog.list({ order: "name", descending: false, limit: 3 });
      expect(first.map(({ name }) => name)).toEqual([null, null, "B"]);
    });

    test("list() filters by format, tag, digest, prefix and time", async () => {
      await using made = await makeCatalog(Date.now);
      const { catalog } = made;
      const day = 86_400_000;
      const one = await add(catalog, {
        format: "png",
        tags: ["x", "y"],
        name: "cat_1.png",
        createdAt: 10 * day,
      });
      const two = await add(catalog, { format: "jpeg", tags: ["y"], name: "cat%2.jpg", createdAt: 11 * day });
      const three = await add(catalog, { format: "png", tags: [], name: "dog", createdAt: 12 * day });
      const ids = async (query: Partial<ListQuery>) =>
        (await catalog.list({ ...NEWEST_FIRST, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual([three.id, two.id, one.id]);
      expect(await ids({ format: "png" })).toEqual([three.id, one.id]);
      expect(await ids({ tag: "y" })).toEqual([two.id, one.id]);
      expect(await ids({ tag: "y", limit: 1, after: { value: two.createdAt, id: two.id } })).toEqual([
        one.id,
      ]);
      expect(await ids({ tag: "y", createdBefore: 11 * day })).toEqual([one.id]);
      expect(await ids({ tag: "none" })).toEqual([]);
      expect(await ids({ sha256: two.sha256 })).toEqual([two.id]);
      expect(await ids({ createdFrom: 11 * day })).toEqual([three.id, two.id]);
      expect(await ids({ createdBefore: 11 * day })).toEqual([one.id]);
      const byChange = { order: "updatedAt", descending: false } as const;
      await catalog.update(one.id, (image) => ({ ...image, name: "cat_1.png" }));
      expect(await ids({ ...byChange })).toEqual([two.id, three.id, one.id]);
      expect(await ids({ ...byChange, updatedFrom: 12 * day })).toEqual([three.id, one.id]);
      expect(await ids({ ...byChange, updatedFrom: 12 * day + 1 })).toEqual([one.id]);
      const byName = { order: "name", descending: false } as const;
      expect(await ids({ ...byName, namePrefix: "cat" })).toEqual([two.id, one.id]);
      expect(await ids({ ...byName, namePrefix: "cat_" })).toEqual([one.id]);
      expect(await ids({ ...byName, namePrefix: "" })).toEqual([two.id, one.id, three.id]);
    });

    test("list(), scan() and count() combine several tags, a format, a digest and times", async () => {
      await using made = await makeCatalog(Date.now);
      const { catalog } = made;
      const images: Image[] = [];
      for (let index = 0; index < 24; index++) {
        const tags = ["x", "y", "z"].filter((_, place) => index % (place + 2) === 0);
        const format = index % 4 === 0 ? ("png" as const) : ("jpeg" as const);
        images.push(await add(catalog, { tags, format, createdAt: 1_000 + (index >> 1) }));
      }
      const sha256 = images[12]?.sha256;
      const queries: Omit<ListQuery, "descending" | "limit" | "order">[] = [
        { tag: ["x", "y"] },
        { tag: ["x", "y", "x"] },
        { tag: ["x", "y", "z", "none"] },
        { tag: "x", format: "png" },
        { tag: ["x", "z"], format: "jpeg" },
        { tag: ["x", "y"], format: "png", sha256 },
        { format: "png", sha256 },
        { tag: ["x", "y"], createdFrom: 1_003, createdBefore: 1_009 },
      ];
      for (const query of queries) {
        const wanted = images.filter(
          ({ tags, format, createdAt, ...image }) =>
            [query.tag ?? []].flat().every((tag) => tags.includes(tag)) &&
            (query.format ?? format) === format &&
            (query.sha256 ?? image.sha256) === image.sha256 &&
            createdAt >= (query.createdFrom ?? 0) &&
            createdAt < (query.createdBefore ?? Infinity),
        );
        const ids = wanted.map(({ id }) => id).toSorted();
        for (const descending of [false, true]) {
          const listed = await pages(catalog, { ...query, order: "createdAt", descending, limit: 2 });
          expect(listed).toEqual(descending ? ids.toReversed() : ids);
        }
        const counted = { ...query, order: "createdAt" } as const;
        expect(await catalog.count(counted, 100)).toEqual({ count: ids.length, isExact: true });
        if (ids.length > 1)
          expect(await catalog.count(counted, ids.length - 1)).toEqual({
            count: expect.any(Number),
            isExact: false,
          });
      }
    });

    test("count() counts the images of a listing up to a limit, without expired ones", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      for (const [index, name] of ["a", "a1", "b", "b1", "b2"].entries())
        await add(catalog, { name, tags: ["t"], expiresAt: index === 0 ? 1_000_001 : null, createdAt: now });
      const count = async (query: Partial<ListQuery>, limit = 10) =>
        await catalog.count({ order: "createdAt", ...query }, limit);
      expect(await count({})).toEqual({ count: 5, isExact: true });
      now += 1;
      expect(await count({})).toEqual({ count: 4, isExact: true });
      expect(await count({ tag: "t" })).toEqual({ count: 4, isExact: true });
      expect(await count({ tag: "t" }, 4)).toEqual({ count: 4, isExact: true });
      expect(await count({ tag: "t" }, 3)).toEqual({ count: 3, isExact: false });
      expect(await count({ order: "name", namePrefix: "b" })).toEqual({ count: 3, isExact: true });
      expect(await count({ order: "updatedAt", updatedFrom: now })).toEqual({ count: 0, isExact: true });
    });

    test("list() pages through filtered images, from positions inside and outside of the filter", async () => {
      await using made = await makeCatalog(Date.now);
      const { catalog } = made;
      const names = ["a", "b", "b1", "b2", "b2", "b\uffff", "b🦊", "c"];
      for (const [index, name] of names.entries())
        await add(catalog, { name, tags: ["t"], createdAt: 1_000 + 10 * (index >> 1) });
      const times = { order: "createdAt", createdFrom: 1_010, createdBefore: 1_030 } as const;
      const parts = [
        { query: { order: "name", namePrefix: "b" } as const, length: 6, outside: ["a", "c"] },
        { query: times, length: 4, outside: [1_009, 1_030] },
        { query: { ...times, tag: "t" }, length: 4, outside: [1_009, 1_030] },
      ];
      for (const { query, length, outside } of parts) {
        for (const descending of [false, true]) {
          const part = { ...query, descending };
          const all = (await catalog.list({ ...part, limit: 100 })).map(({ id }) => id);
          expect(all).toHaveLength(length);
          expect(await pages(catalog, { ...part, limit: 2 })).toEqual(all);
          const [first = 0, last = 0] = descending ? outside.toReversed() : outside;
          const behind = async (value: string | number) =>
            (await catalog.list({ ...part, limit: 100, after: { value, id: imageFixture().id } })).length;
          expect(await behind(first)).toBe(length);
          expect(await behind(last)).toBe(0);
        }
      }
    });

    test("an expired image is neither found, listed nor updated, and eraseExpired() erases it", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const image = await add(catalog, { expiresAt: 1_000_010, tags: ["t"] });
      const other = await add(catalog, { expiresAt: 2_000_000 });
      expect((await made.deleted.eraseExpired(10)).images).toEqual([]);
      now = 1_000_010;
      expect(await catalog.find(image.id)).toBeNull();
      expect(await catalog.update(image.id, (before) => before)).toBeNull();
      expect((await catalog.list(NEWEST_FIRST)).map(({ id }) => id)).toEqual([other.id]);
      expect(await catalog.list({ ...NEWEST_FIRST, tag: "t" })).toEqual([]);
      expect((await made.deleted.eraseExpired(10)).images).toMatchObject([{ id: image.id }]);
      expect(await catalog.remove(image.id)).toBeNull();
    });

    test("update() changes attributes, increments the revision and updates the tags", async () => {
      await using made = await makeCatalog(Date.now);
      const { catalog } = made;
      const image = await add(catalog, { tags: ["old", "kept"] });
      const attributes = {
        name: "new",
        tags: ["kept", "new"],
        metadata: { a: 1 },
        focalPoint: { x: 0, y: 0.5 },
        private: true,
        expiresAt: 4_102_444_800_000,
      };
      const updated = await catalog.update(image.id, () => attributes);
      expect(updated).toMatchObject({ ...attributes, id: image.id, revision: 2, sha256: image.sha256 });
      expect(await catalog.find(image.id)).toMatchObject(updated ?? {});
      expect(await catalog.list({ ...NEWEST_FIRST, tag: "old" })).toEqual([]);
      expect((await catalog.list({ ...NEWEST_FIRST, tag: "new" })).length).toBe(1);
    });

    test("update() changes nothing if the change throws", async () => {
      await using made = await makeCatalog(Date.now);
      const image = await add(made.catalog, { tags: ["t"] });
      const failing = () => {
        throw new Error("no");
      };
      await expect(made.catalog.update(image.id, failing)).rejects.toThrow("no");
      expect(await made.catalog.find(image.id)).toMatchObject(image);
    });

    test("update() loses no concurrent change", async () => {
      await using made = await makeCatalog(Date.now);
      const image = await add(made.catalog, { tags: [] });
      const tags = Array.from({ length: 12 }, (_, index) => `tag ${index}`);
      await Promise.all(
        tags.map((tag) =>
          made.catalog.update(image.id, (before) => ({ ...before, tags: [...before.tags, tag] })),
        ),
      );
      const found = await made.catalog.find(image.id);
      expect(found?.tags.toSorted()).toEqual(tags.toSorted());
      expect(found?.revision).toBe(1 + tags.length);
      for (const tag of tags) expect(await made.catalog.list({ ...NEWEST_FIRST, tag })).toHaveLength(1);
    });

    test("remove() deletes an image once, with its tags", async () => {
      await using made = await makeCatalog(Date.now);
      const image = await add(made.catalog, { tags: ["t"] });
      expect(await made.catalog.remove(image.id)).toEqual(removedOf(image));
      expect(await made.catalog.remove(image.id)).toBeNull();
      expect(await made.catalog.find(image.id)).toBeNull();
      expect(await made.catalog.list({ ...NEWEST_FIRST, tag: "t" })).toEqual([]);
    });

    test("remove() removes nothing if its check throws for the current image", async () => {
      await using made = await makeCatalog(() => 5_000);
      const image = await add(made.catalog, { tags: ["t"] });
      await made.catalog.purgeAll();
      const check = (found: Image) => {
        expect(found).toEqual({ ...image, generation: 5_000 });
        throw new RangeError("refused");
      };
      await expect(made.catalog.remove(image.id, { check })).rejects.toThrow("refused");
      await expect(made.deleted.erase([image.id], { check })).rejects.toThrow("refused");
      expect(await made.catalog.find(image.id)).toMatchObject({ id: image.id });
      expect(await made.catalog.list({ ...NEWEST_FIRST, tag: "t" })).toHaveLength(1);
      expect(await made.catalog.remove(image.id, { check: () => {} })).toEqual(removedOf(image));
      expect((await made.deleted.erase([image.id], { check })).images).toHaveLength(1);
    });

    test("of concurrent removals and changes with one condition, one succeeds", async () => {
      await using made = await makeCatalog(Date.now);
      const check = ({ revision }: Image) => {
        if (revision !== 1) throw new RangeError("changed meanwhile");
      };
      for (let tries = 0; tries < 10; tries++) {
        const { id } = await add(made.catalog);
        const change = (found: Image) => (check(found), found);
        const done = await Promise.allSettled([
          made.catalog.update(id, change),
          tries % 2 === 0 ? made.catalog.remove(id, { check }) : made.deleted.erase([id], { check }),
        ]);
        const [updated, removed] = done.map((each) => each.status === "fulfilled" && each.value !== null);
        expect({ updated, removed }).toEqual({ updated: !removed, removed: !updated });
      }
    });

    test("findMany() returns the existing images, each once, and where their bytes are", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const [one, two] = [await add(catalog, { tags: ["t"], metadata: { a: 1 } }), await add(catalog)];
      const expired = await add(catalog, { expiresAt: 1_000_001 });
      now = 1_000_001;
      const found = await catalog.findMany([two.id, imageFixture().id, one.id, expired.id, two.id]);
      const expected = await Promise.all([one, two].map(({ id }) => catalog.find(id)));
      expect(found.toSorted(compareIds)).toEqual(
        expected.filter((image) => image !== null).toSorted(compareIds),
      );
      expect(found).toHaveLength(2);
      expect(await catalog.findMany([])).toEqual([]);
      const generation = await catalog.purgeAll();
      expect((await catalog.findMany([one.id])).map((image) => image.generation)).toEqual([generation]);
    });

    test("updateMany() changes the existing images, except those for which the change is null", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const [one, two] = [await add(catalog, { tags: ["old"] }), await add(catalog, { tags: ["old", "x"] })];
      const kept = await add(catalog, { name: "kept", tags: ["old"] });
      const expired = await add(catalog, { expiresAt: 1_000_001, tags: ["old"] });
      now = 1_000_001;
      const ids = [two.id, kept.id, imageFixture().id, one.id, expired.id];
      const updated = await catalog.updateMany(ids, (image) =>
        image.name === "kept"
          ? null
          : { ...image, name: `new ${image.id}`, tags: ["new"], metadata: { b: 2 } },
      );
      const expected = [one, two].map((image) => ({
        ...image,
        name: `new ${image.id}`,
        tags: ["new"],
        metadata: { b: 2 },
        revision: 2,
        updatedAt: now,
      }));
      expect(updated.toSorted(compareIds)).toEqual(expected.toSorted(compareIds));
      expect(await catalog.find(one.id)).toMatchObject(expected[0] ?? {});
      expect(await catalog.find(kept.id)).toMatchObject(kept);
      const tagged = async (tag: string) =>
        (await catalog.list({ ...NEWEST_FIRST, tag })).map(({ id }) => id);
      expect((await tagged("new")).toSorted()).toEqual([one.id, two.id].toSorted());
      expect([await tagged("old"), await tagged("x")]).toEqual([[kept.id], []]);
      expect(await catalog.updateMany([], (image) => image)).toEqual([]);
    });

    test("updateMany() adds a tag to 5,000 images in one call, while another call changes their tags too", async () => {
      await using made = await makeCatalog(Date.now);
      const { catalog } = made;
      const images = Array.from({ length: 5_000 }, () => imageFixture({ tags: ["old", "kept"] }));
      for (let start = 0; start < images.length; start += 50) {
        const some = images.slice(start, start + 50);
        await Promise.all(some.map((image) => catalog.add(image, { key: image.id, validUntil: Infinity })));
      }
      const ports = { catalog, now: Date.now };
      const ids = images.map(({ id }) => id);
      const change = async (selection: ImageSelection, tags: object) => {
        const results = await Array.fromAsync(updateImages(ports, selection, { tags }));
        expect(results.filter(({ result }) => result.status === "fulfilled")).toHaveLength(ids.length);
      };
      await Promise.all([
        change({ ids }, { add: ["sale"] }),
        change({ filter: { tag: "kept" } }, { remove: ["old"], add: ["new"] }),
      ]);
      const tagged = async (tag: string) => await pages(catalog, { ...NEWEST_FIRST, limit: 1_000, tag });
      for (const tag of ["kept", "sale", "new"])
        expect((await tagged(tag)).toSorted()).toEqual(ids.toSorted());
      expect(await tagged("old")).toEqual([]);
    }, 60_000);

    test("updateMany() changes no image if the change of one throws", async () => {
      await using made = await makeCatalog(Date.now);
      const images = [await add(made.catalog, { name: "a" }), await add(made.catalog, { name: "a" })];
      let seen = 0;
      const failing = (image: Image) => {
        if (seen++ > 0) throw new Error("no");
        return { ...image, name: "b" };
      };
      const ids = images.map(({ id }) => id);
      await expect(made.catalog.updateMany(ids, failing)).rejects.toThrow("no");
      for (const image of images) expect(await made.catalog.find(image.id)).toMatchObject(image);
    });

    test("removeMany() deletes the existing images with their tags, and releases their blobs", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog, ledger } = made;
      const [one, two] = [await add(catalog, { tags: ["t"] }), await add(catalog, { tags: ["t"] })];
      const other = await add(catalog, { tags: ["t"] });
      const removed = await catalog.removeMany([two.id, imageFixture().id, one.id, one.id]);
      expect(removed.toSorted(compareIds)).toEqual(
        [one, two].map((image) => removedOf(image)).toSorted(compareIds),
      );
      expect(await catalog.findMany([one.id, two.id, other.id])).toMatchObject([{ id: other.id }]);
      expect(await catalog.list({ ...NEWEST_FIRST, tag: "t" })).toMatchObject([{ id: other.id }]);
      expect(await catalog.removeMany([one.id])).toEqual([]);
      expect(await catalog.removeMany([])).toEqual([]);
      expect(await made.deleted.release(now + 1, 10)).toBe(2);
      now += 1;
      expect(await ledger.condemn(now, 10)).toBe(2);
    });

    test("purge() starts a new generation of the existing images, and changes nothing else", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const [one, two, other] = [await add(catalog), await add(catalog, { tags: ["t"] }), await add(catalog)];
      const expired = await add(catalog, { expiresAt: now });
      now = 2_000_000;
      const purged = await catalog.purge([one.id, two.id, one.id, expired.id, imageFixture().id]);
      const after = [one, two].map((image) => ({ ...image, generation: now }));
      expect(purged.toSorted(compareIds)).toEqual(after.toSorted(compareIds));
      expect(await catalog.find(one.id)).toMatchObject(after[0] ?? {});
      expect(await catalog.list({ ...NEWEST_FIRST, tag: "t" })).toEqual([after[1] ?? two]);
      expect(await catalog.find(other.id)).toMatchObject(other);
      expect(await catalog.update(two.id, (before) => before)).toMatchObject({
        generation: now,
        revision: 2,
      });
      expect(await catalog.purge([])).toEqual([]);
    });

    test("update() and updateMany() start a new generation of images that become private, and of no others", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const image = await add(catalog);
      const [other, secret] = [await add(catalog), await add(catalog, { private: true })];
      const set = (isPrivate: boolean) => (before: Image) => ({ ...before, private: isPrivate });
      const generation = await catalog.purgeAll();
      now -= 10;
      expect(await catalog.update(image.id, set(true))).toMatchObject({ generation: generation + 1 });
      expect(await catalog.find(image.id)).toMatchObject({ private: true, generation: generation + 1 });
      now += 1_000;
      for (const isPrivate of [true, false]) {
        const unchanged = { private: isPrivate, generation: generation + 1 };
        expect(await catalog.update(image.id, set(isPrivate))).toMatchObject(unchanged);
        expect(await catalog.find(image.id)).toMatchObject(unchanged);
      }
      const updated = await catalog.updateMany([image.id, other.id, secret.id], set(true));
      const generations = Object.fromEntries(updated.map((each) => [each.id, each.generation]));
      expect(generations).toEqual({ [image.id]: now, [other.id]: now, [secret.id]: generation });
      expect(await catalog.purge([image.id])).toMatchObject([{ private: true, generation: now + 1 }]);
    });

    test("purgeAll() starts a new generation of all images, including later uploads", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const one = await add(catalog, { idempotencyKey: "k", createdAt: now });
      await catalog.find(one.id);
      now = 2_000_000;
      expect(await catalog.purgeAll()).toBe(now);
      const purged = { ...one, generation: now };
      expect(await catalog.find(one.id)).toMatchObject(purged);
      expect(await catalog.list(NEWEST_FIRST)).toEqual([purged]);
      expect((await catalog.add(imageFixture({ idempotencyKey: "k" }), null))?.image).toEqual(purged);
      expect(await catalog.update(one.id, (before) => before)).toMatchObject({
        generation: now,
        revision: 2,
      });
      const later = imageFixture({ sha256: one.sha256 });
      expect((await catalog.add(later, null))?.image).toEqual({ ...later, generation: now });
      expect(await catalog.find(later.id)).toMatchObject({ generation: now });
    });

    test("every purge starts a later generation, also when the clock stands still or goes back", async () => {
      let now = 1_000_000;
      await using made = await makeCatalog(() => now);
      const { catalog } = made;
      const { id } = await add(catalog);
      const generations: number[] = [];
      const purges = [
        () => catalog.purge([id]),
        () => catalog.purgeAll(),
        () => catalog.purge([id]),
        () => catalog.purge([id]),
        () => catalog.purgeAll(),
        () => catalog.purgeAll(),
      ];
      for (const purge of purges) {
        await purge();
        generations.push((await catalog.find(id))?.generation ?? 0);
        now -= 10;
      }
      expect(generations).toEqual(purges.map((_, index) => 1_000_000 + index));
    });

    test("concurrent purges have different generations", async () => {
      await using made = await makeCatalog(() => 1_000_000);
      const { catalog } = made;
      const images = [await add(catalog), await add(catalog), await add(catalog), await add(catalog)];
      const purged = await Promise.all([
        ...images.map(async ({ id }) => (await catalog.purge([id]))[0]?.generation),
        ...images.map(() => catalog.purgeAll()),
      ]);
      expect(new Set(purged).size).toBe(purged.length);
    });
  });

  describe(`${name}'s BlobLedger`, () => {
    test("a blob is released only when it is idle, condemned and still unreferenced", async () => {
      let now = 1_000;
      await using made = await makeCatalog(() => now);
      const { catalog, ledger } = made;
      const image = imageFixture();
      const key = newBlobKey(image.sha256);
      await catalog.add(image, { key, validUntil: 2_000 });
      expect(await ledger.condemn(9_000, 10)).toBe(0);
      await forget(made, image);
      expect(await ledger.condemn(1_000, 10)).toBe(0);
      now = 5_000;
      expect(await ledger.condemn(1_001, 10)).toBe(1);
      expect(await ledger.release(5_000, 10)).toEqual([]);
      expect(await ledger.known([key, "other"])).toEqual(new Set([key]));
      expect(await ledger.release(5_001, 10)).toEqual([
        { key, digest: image.sha256, owner: "", removedAt: 5_000 },
      ]);
      expect(await ledger.known([key])).toEqual(new Set());
      expect(await ledger.touch(image.sha256)).toBeNull();
    });

    test("an upload of the same bytes revives a condemned blob", async () => {
      let now = 1_000;
      await using made = await makeCatalog(() => now);
      const { catalog, ledger } = made;
      const image = imageFixture();
      const key = newBlobKey(image.sha256);
      await catalog.add(image, { key, validUntil: 2_000 });
      await forget(made, image);
      now = 5_000;
      await ledger.condemn(5_000, 10);
      expect(await ledger.touch(image.sha256)).toEqual({ key, isDamaged: false });
      expect(await ledger.release(9_000, 10)).toEqual([]);
      expect(await ledger.condemn(5_000, 10)).toBe(0);
      await ledger.condemn(5_001, 10);
      expect(await catalog.add(imageFixture({ sha256: image.sha256 }), null)).toMatchObject({ blobKey: key });
      expect(await ledger.release(9_000, 10)).toEqual([]);
      expect(await ledger.condemn(9_000, 10)).toBe(0);
    });

    test("a blob with another image is never condemned", async () => {
      await using made = await makeCatalog(() => 1_000);
      const { catalog, ledger } = made;
      const [one, two] = [
        imageFixture({ sha256: "ab".repeat(32) }),
        imageFixture({ sha256: "ab".repeat(32) }),
      ];
      await catalog.add(one, { key: newBlobKey(one.sha256), validUntil: 2_000 });
      await catalog.add(two, null);
      await forget(made, one);
      expect(await ledger.condemn(9_000, 10)).toBe(0);
      await forget(made, two);
      expect(await ledger.condemn(9_000, 10)).toBe(1);
    });

    test("a blob with concurrent uploads and sweeps stays on record as long as it has an image", async () => {
      let now = 1_000;
      await using made = await makeCatalog(() => now);
      const { catalog, ledger } = made;
      const first = imageFixture();
      const { sha256 } = first;
      await catalog.add(first, { key: newBlobKey(sha256), validUntil: Infinity });
      await forget(made, first);
      for (let round = 0; round < 30; round++) {
        now += 1_000;
        const image = imageFixture({ sha256 });
        const offer = { key: newBlobKey(sha256), validUntil: Infinity };
        const [added, , released, , again] = await Promise.all([
          catalog.add(image, offer),
          ledger.condemn(now, 10),
          ledger.release(now + 1, 10),
          ledger.condemn(now, 10),
          ledger.release(now + 1, 10),
        ]);
        const found = await catalog.find(image.id);
        expect(found?.blobKey).toBe(added?.blobKey ?? "");
        expect([...released, ...again].map(({ key }) => key)).not.toContain(found?.blobKey);
        await forget(made, image);
        await ledger.condemn(now + 1, 10);
      }
    });

    test("lease() has one holder at a time", async () => {
      let now = 1_000;
      await using made = await makeCatalog(() => now);
      expect(await made.ledger.lease("sweep", "one", 100)).toBe(true);
      expect(await made.ledger.lease("sweep", "two", 100)).toBe(false);
      expect(await made.ledger.lease("other", "two", 100)).toBe(true);
      now = 1_050;
      expect(await made.ledger.lease("sweep", "one", 100)).toBe(true);
      now = 1_149;
      expect(await made.ledger.lease("sweep", "two", 100)).toBe(false);
      now = 1_150;
      expect(await made.ledger.lease("sweep", "two", 100)).toBe(true);
    });
  });
}

function removedOf({ id, owner, sha256 }: Image): RemovedImage {
  return { id, owner, sha256 };
}

/** Deletes an image, and moves the clock past the time in which it can be restored. */
async function forget({ catalog, deleted }: CatalogUnderTest, { id }: Pick<Image, "id">): Promise<void> {
  await catalog.remove(id);
  await deleted.release(Number.MAX_SAFE_INTEGER, 10);
}

async function pages(catalog: ImageCatalog, query: ListQuery): Promise<string[]> {
  const ids: string[] = [];
  for (let after: ListQuery["after"]; ;) {
    const items = await catalog.list({ ...query, after });
    ids.push(...items.map(({ id }) => id));
    const last = items.at(-1);
    if (!last) return ids;
    after = positionOf(last, query.order);
  }
}

function compareIds(one: Pick<Image, "id">, other: Pick<Image, "id">): number {
  return one.id < other.id ? -1 : 1;
}

function compareValues(one: string | number, other: string | number): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}
