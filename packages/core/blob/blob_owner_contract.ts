import { describe, expect, test } from "bun:test";
import { sourceOf } from "../derivative/derivative_key.ts";
import type { CatalogUnderTest, MakeCatalog } from "../image/catalog/image_catalog_contract.ts";
import type { Image } from "../image/image.ts";
import { imageFixture } from "../image/image_fixture.ts";
import { newBlobKey } from "./blob_store.ts";

const OWNERS = ["", "one", "two"] as const;

/** Tests that a ledger and the catalog of its images share nothing between owners whose images have the same bytes. */
export function blobOwnerContract(name: string, makeCatalog: MakeCatalog): void {
  describe(`${name} of two owners`, () => {
    let now = 1_000;
    const make = async () => await makeCatalog(() => now);

    test("add() does not use the bytes of another owner", async () => {
      await using made = await make();
      const [{ image, key }] = await addOne(made, "ab".repeat(32), [""]);
      const { catalog, ledger } = viewOf(made, "one");
      const own = imageFixture({ owner: "one", sha256: image.sha256 });
      expect(await ledger.touch(image.sha256)).toBeNull();
      expect(await catalog.add(own, null)).toBeNull();
      const offer = newBlobKey(image.sha256, { owner: "one" });
      expect(await catalog.add(own, { key: offer, validUntil: Infinity })).toMatchObject({ blobKey: offer });
      expect(await ledger.touch(image.sha256)).toEqual({ key: offer, isDamaged: false });
      expect(await made.ledger.touch(image.sha256)).toEqual({ key, isDamaged: false });
      expect(await catalog.find(own.id)).toMatchObject({ owner: "one", blobKey: offer });
      expect(await catalog.findMany([own.id])).toMatchObject([{ owner: "one", blobKey: offer }]);
      expect(await made.catalog.find(image.id)).toMatchObject({ owner: "", blobKey: key });
      expect(await ledger.count()).toBe(2);
    });

    test("add() of an offer that replaces lost bytes changes only the blob of its owner", async () => {
      await using made = await make();
      const [first, second] = await addOne(made, "ab".repeat(32), ["", "one"]);
      for (const { key } of [first, second]) expect(await made.ledger.setDamaged(key, true)).toBe(true);
      const { sha256 } = second.image;
      const key = newBlobKey(sha256, { owner: "one" });
      const offer = { key, validUntil: Infinity, replaces: second.key };
      await viewOf(made, "one").catalog.add(imageFixture({ owner: "one", sha256 }), offer);
      expect(await viewOf(made, "one").ledger.touch(sha256)).toEqual({ key, isDamaged: false });
      expect(await made.ledger.touch(sha256)).toEqual({ key: first.key, isDamaged: true });
      expect(await made.ledger.damaged(10)).toMatchObject([{ key: first.key }]);
    });

    test("erase() of one owner's image keeps the blob of the other", async () => {
      for (const isDeleted of [false, true]) {
        await using made = await make();
        const [first, second] = await addOne(made, "ab".repeat(32), ["", "one"]);
        const { catalog, deleted } = viewOf(made, "one");
        if (isDeleted) await catalog.remove(second.image.id);
        const { removals } = await deleted.erase([second.image.id]);
        const { digest } = { digest: second.image.sha256 };
        expect(removals).toEqual([{ key: second.key, digest, owner: "one", removedAt: now }]);
        expect(await made.removals.pending(10)).toEqual(removals);
        expect(await made.ledger.known([first.key, second.key])).toEqual(new Set([first.key]));
        expect(await made.catalog.find(first.image.id)).toMatchObject({ blobKey: first.key });
        const [own, other] = [newBlobKey(digest, { owner: "one" }), newBlobKey(digest)];
        expect(await made.removals.among([own, other])).toEqual(new Set([own]));
      }
    });

    test("erase() of the images of several owners removes the blob of each", async () => {
      await using made = await make();
      const added = await addOne(made, "ab".repeat(32), OWNERS);
      const kept = added[0];
      const removals = [];
      for (const { image } of added.slice(1))
        removals.push(...(await viewOf(made, image.owner).deleted.erase([image.id])).removals);
      expect(removals.map(({ owner }) => owner)).toEqual(["one", "two"]);
      expect(await made.ledger.known(added.map(({ key }) => key))).toEqual(new Set([kept.key]));
    });

    test("a blob becomes idle and is released although another owner has the same bytes", async () => {
      await using made = await make();
      const [first, second] = await addOne(made, "ab".repeat(32), ["", "one"]);
      await viewOf(made, "one").catalog.remove(second.image.id);
      expect(await made.deleted.release(Number.MAX_SAFE_INTEGER, 10)).toBe(1);
      now += 1_000;
      expect(await made.ledger.condemn(now, 10)).toBe(1);
      now += 1_000;
      const released = await made.ledger.release(now, 10);
      expect(released).toMatchObject([{ key: second.key, owner: "one" }]);
      expect(await made.ledger.known([first.key, second.key])).toEqual(new Set([first.key]));
      expect(await made.catalog.find(first.image.id)).toMatchObject({ blobKey: first.key });
    });

    test("an upload of one owner does not revive a condemned blob of the other", async () => {
      await using made = await make();
      const [, second] = await addOne(made, "ab".repeat(32), ["", "one"]);
      await viewOf(made, "one").catalog.remove(second.image.id);
      await made.deleted.release(Number.MAX_SAFE_INTEGER, 10);
      now += 1_000;
      expect(await made.ledger.condemn(now, 10)).toBe(1);
      await made.ledger.touch(second.image.sha256);
      await made.catalog.add(imageFixture({ sha256: second.image.sha256 }), null);
      expect(await made.ledger.release(now + 1, 10)).toMatchObject([{ key: second.key }]);
    });

    test("replace(), page() and images() tell blobs of the same bytes apart", async () => {
      await using made = await make();
      const { ledger } = made;
      const [first, second] = await addOne(made, "ab".repeat(32), ["", "one"], { bytes: 10 });
      const twin = await addTwin(made, second.image, {
        bytes: 10,
        name: null,
        createdAt: second.image.createdAt + 1,
      });
      const replacement = newBlobKey(first.image.sha256);
      expect(await ledger.replace(first.key, replacement)).toBe(true);
      const page = await ledger.page("ab", { limit: 10 });
      const keys = [replacement, second.key].toSorted();
      expect(page).toEqual(keys.map((key) => ({ key, isDamaged: false, bytes: 10 })));
      const { id, name } = second.image;
      expect(await ledger.images(second.key, 10)).toEqual([
        { id, name },
        { id: twin.id, name: null },
      ]);
      expect(await ledger.images(second.key, 1)).toEqual([{ id, name }]);
      expect(await ledger.images(replacement, 10)).toMatchObject([{ id: first.image.id }]);
      expect(await ledger.images(first.key, 10)).toEqual([]);
    });

    test("referenced() gives the sources of images in the catalog", async () => {
      await using made = await make();
      const { ledger } = made;
      const digests = ["a".repeat(64), "f".repeat(64), "0".repeat(64)];
      const [image] = (await addOne(made, digests[0] ?? "", [""])).map((added) => added.image);
      for (const sha256 of digests.slice(1)) await addOne(made, sha256, [""]);
      const sources = digests.map((digest) => digest.slice(0, 32));
      const others = [`${"a".repeat(31)}b`, `${"a".repeat(31)}9`, "e".repeat(32), "1".repeat(32)];
      expect(await ledger.referenced([...others, ...sources])).toEqual(new Set(sources));
      expect(await ledger.referenced([])).toEqual(new Set());
      await made.catalog.remove(image?.id ?? "");
      expect(await ledger.referenced(sources)).toEqual(new Set(sources.slice(1)));
    });

    test("referenced() tells sources of the same bytes apart", async () => {
      await using made = await make();
      const added = await addOne(made, "ab".repeat(32), OWNERS);
      const sources = added.map(({ image }) => sourceOf(image));
      const unknown = sourceOf({ owner: "three", sha256: "ab".repeat(32) });
      for (const { image } of added) {
        expect(await made.ledger.referenced([...sources, unknown])).toEqual(new Set(sources));
        await viewOf(made, image.owner).catalog.remove(image.id);
        sources.shift();
      }
      expect(await made.ledger.referenced([unknown])).toEqual(new Set());
    });
  });
}

interface Added {
  readonly image: Image;
  readonly key: string;
}

/** Adds an image with these bytes for each owner. */
async function addOne(
  made: CatalogUnderTest,
  sha256: string,
  owners: readonly string[],
  changes: Partial<Image> = {},
): Promise<[Added, Added, ...Added[]]> {
  const added: Added[] = [];
  for (const owner of owners) {
    const image = imageFixture({ ...changes, owner, sha256 });
    const key = newBlobKey(sha256, { owner });
    await viewOf(made, owner).catalog.add(image, { key, validUntil: Infinity });
    added.push({ image, key });
  }
  return added as [Added, Added, ...Added[]];
}

/** Adds an image that shares the blob of another. */
async function addTwin(
  made: CatalogUnderTest,
  { owner, sha256 }: Image,
  changes: Partial<Image>,
): Promise<Image> {
  const image = imageFixture({ ...changes, owner, sha256 });
  await viewOf(made, owner).catalog.add(image, null);
  return image;
}

/** Returns the ports of an owner. */
function viewOf({ catalog, deleted, ledger }: CatalogUnderTest, owner: string) {
  return { catalog: catalog.of(owner), deleted: deleted.of(owner), ledger: ledger.of(owner) };
}
