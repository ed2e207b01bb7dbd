import { describe, expect, test } from "bun:test";
import { newBlobKey } from "../../blob/blob_store.ts";
import type { ImageCatalog } from "../../image/catalog/image_catalog.ts";
import type { Image } from "../../image/image.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import type { UsedTokens } from "./used_tokens.ts";

/** A record of tokens, and a catalog on the same database. */
export interface UsedTokensUnderTest extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  readonly tokens: UsedTokens;
}

/** Tests what every {@linkcode UsedTokens}, and `add` of its catalog, must do. */
export function usedTokensContract(
  name: string,
  make: () => UsedTokensUnderTest | Promise<UsedTokensUnderTest>,
): void {
  describe(`${name} as UsedTokens`, () => {
    const offerFor = ({ sha256 }: Pick<Image, "sha256">) => ({
      key: newBlobKey(sha256),
      validUntil: Number.MAX_SAFE_INTEGER,
    });

    const add = (catalog: ImageCatalog, image: Image, id: string, usedUntil = Number.MAX_SAFE_INTEGER) =>
      catalog.add(image, offerFor(image), { token: { id, usedUntil } });

    test("a token is used by the image that it adds, and allows no other", async () => {
      await using made = await make();
      const [first, second] = [imageFixture(), imageFixture()];
      expect(await made.tokens.has("a")).toBe(false);
      expect((await add(made.catalog, first, "a"))?.image).toEqual(first);
      expect(await made.tokens.has("a")).toBe(true);
      await expect(add(made.catalog, second, "a")).rejects.toMatchObject({ code: "conflict" });
      expect(await made.catalog.find(second.id)).toBeNull();
      // Neither were its bytes recorded.
      expect(await made.catalog.add(second, null)).toBeNull();
      expect((await add(made.catalog, second, "b"))?.image).toEqual(second);
    });

    test("of parallel uses of a token, one adds an image", async () => {
      await using made = await make();
      const images = Array.from({ length: 50 }, () => imageFixture());
      const results = await Promise.allSettled(images.map((image) => add(made.catalog, image, "a")));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results)
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict" });
      expect(await made.catalog.findMany(images.map(({ id }) => id))).toHaveLength(1);
    });

    test("a token is not used by an upload that adds nothing", async () => {
      await using made = await make();
      const image = imageFixture();
      expect(await made.catalog.add(image, null, { token: { id: "a", usedUntil: 10 } })).toBeNull();
      expect(await made.tokens.has("a")).toBe(false);
    });

    test("a repeated upload of the same idempotency key gives its image, with the used token", async () => {
      await using made = await make();
      const key = { idempotencyKey: "k", createdAt: Date.now() };
      const first = imageFixture(key);
      await add(made.catalog, first, "a");
      expect((await add(made.catalog, imageFixture(key), "a"))?.image).toEqual(first);
    });

    test("forget() deletes those that have expired, as many as it may", async () => {
      await using made = await make();
      for (const [id, usedUntil] of [
        ["a", 10],
        ["b", 20],
        ["c", 30],
      ] as const)
        await add(made.catalog, imageFixture(), id, usedUntil);
      expect(await made.tokens.forget(10, 10)).toBe(0);
      expect(await made.tokens.forget(30, 1)).toBe(1);
      expect(await made.tokens.forget(30, 10)).toBe(1);
      const left = await Promise.all(["a", "b", "c"].map((id) => made.tokens.has(id)));
      expect(left).toEqual([false, false, true]);
    });
  });
}
