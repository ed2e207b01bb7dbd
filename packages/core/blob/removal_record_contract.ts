import { describe, expect, test } from "bun:test";
import type { CatalogUnderTest, MakeCatalog } from "../image/catalog/image_catalog_contract.ts";
import { imageFixture } from "../image/image_fixture.ts";
import { newBlobKey } from "./blob_store.ts";
import type { Removal } from "./removal_record.ts";

/** Tests that every {@linkcode RemovalRecord} passes. */
export function removalRecordContract(name: string, makeCatalog: MakeCatalog): void {
  describe(`${name} as a RemovalRecord`, () => {
    let now = 0;
    const make = async () => await makeCatalog(() => now);

    /** Removes a blob at a given time. */
    async function strikeOff({ catalog, deleted }: CatalogUnderTest, time: number): Promise<Removal> {
      now = time;
      const image = imageFixture();
      await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Infinity });
      const { removals } = await deleted.erase([image.id]);
      expect(removals).toMatchObject([{ digest: image.sha256, removedAt: time }]);
      return removals[0] as Removal;
    }

    test("pending() gives unfinished removals, the oldest first", async () => {
      await using made = await make();
      const { removals } = made;
      expect(await removals.pending(10)).toEqual([]);
      const [late, early, middle] = [
        await strikeOff(made, 300),
        await strikeOff(made, 100),
        await strikeOff(made, 200),
      ];
      expect(await removals.pending(10)).toEqual([early, middle, late]);
      expect(await removals.pending(2)).toEqual([early, middle]);
      await removals.finish([early.key, late.key, newBlobKey(late.digest)]);
      expect(await removals.pending(10)).toEqual([middle]);
      await removals.finish([]);
      await removals.finish([middle.key, middle.key]);
      expect(await removals.pending(10)).toEqual([]);
    });

    test("list() gives removals after a position, in the order of time and key, finished or not", async () => {
      await using made = await make();
      const { removals } = made;
      const struck: Removal[] = [];
      for (const time of [300, 100, 200, 200, 200]) struck.push(await strikeOff(made, time));
      const ordered = struck.toSorted(
        (one, other) => one.removedAt - other.removedAt || (one.key < other.key ? -1 : 1),
      );
      await removals.finish([ordered[1]?.key ?? ""]);
      expect(await removals.list({ removedAt: 0, key: "" }, 10)).toEqual(ordered);
      expect(await removals.list({ removedAt: 200, key: "" }, 10)).toEqual(ordered.slice(1));
      for (const [index, place] of ordered.entries())
        expect(await removals.list(place, 2)).toEqual(ordered.slice(index + 1, index + 3));
    });

    test("among() gives the keys whose bytes were removed, until their removal is forgotten", async () => {
      await using made = await make();
      const { removals } = made;
      const [one, two] = [await strikeOff(made, 100), await strikeOff(made, 200)];
      const [first, second] = [newBlobKey(one.digest), newBlobKey(two.digest)];
      const keys = [one.key, newBlobKey("0".repeat(64)), second, first];
      expect(await removals.among(keys)).toEqual(new Set([one.key, first, second]));
      await removals.finish([one.key, two.key]);
      expect(await removals.among(keys)).toEqual(new Set([one.key, first, second]));
      expect(await removals.forget(150, 10)).toBe(1);
      expect(await removals.among(keys)).toEqual(new Set([second]));
      expect(await removals.among([])).toEqual(new Set());
    });

    test("forget() forgets only finished removals from before a time, up to the limit", async () => {
      await using made = await make();
      const { removals } = made;
      const unfinished = await strikeOff(made, 100);
      const finished = [await strikeOff(made, 100), await strikeOff(made, 101), await strikeOff(made, 199)];
      const young = await strikeOff(made, 200);
      await removals.finish([...finished, young].map(({ key }) => key));
      const counts: number[] = [];
      for (let round = 0; round < 3; round++) counts.push(await removals.forget(200, 2));
      expect(counts).toEqual([2, 1, 0]);
      expect(await removals.list({ removedAt: 0, key: "" }, 10)).toEqual([unfinished, young]);
      expect(await removals.forget(201, 10)).toBe(1);
      expect(await removals.pending(10)).toEqual([unfinished]);
    });
  });
}
