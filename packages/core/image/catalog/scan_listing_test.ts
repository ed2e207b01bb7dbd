import { expect, test } from "bun:test";
import { MemoryTables } from "../../database/memory_tables.ts";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import type { Image } from "../image.ts";
import { imageFixture } from "../image_fixture.ts";
import type { ListPosition, ListQuery } from "./image_catalog.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";
import { SCANNED_ENTRIES } from "./scan_listing.ts";
import { SqliteImageCatalog } from "./sqlite_image_catalog.ts";

/** Most images have one of two tags and few have both. No index has those few together. */
const COUNT = SCANNED_ENTRIES * 3;
const IMAGES: readonly Image[] = Array.from({ length: COUNT }, (_, index) =>
  imageFixture({
    createdAt: 1_000_000 + (index >> 1),
    tags: index % (COUNT / 4) === 7 ? ["even", "odd"] : [index % 2 === 0 ? "even" : "odd"],
  }),
);
const BOTH: Pick<ListQuery, "order" | "tag"> = { order: "createdAt", tag: ["even", "odd"] };

test("SqliteImageCatalog.scan() stops after some entries, and continues from there", async () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const catalog = new SqliteImageCatalog(database);
  const wanted = new MemoryImageCatalog(new MemoryTables());
  for (const each of [catalog, wanted])
    await Promise.all(IMAGES.map((image) => each.add(image, { key: image.id, validUntil: Infinity })));
  for (const descending of [false, true]) {
    const query = { ...BOTH, descending, limit: 3 };
    const whole = await wanted.list({ ...query, limit: COUNT });
    expect(await catalog.list({ ...query, limit: COUNT })).toEqual(whole);
    const found: Image[] = [];
    const lengths: number[] = [];
    for (let after: ListPosition | undefined; ;) {
      const { images, next } = await catalog.scan({ ...query, after });
      found.push(...images);
      lengths.push(images.length);
      if (!next) break;
      after = next;
    }
    expect(found).toEqual([...whole]);
    // Half of the images have the rarer tag, and each part scans the same number of them.
    expect(lengths).toHaveLength(2);
  }
  expect(await catalog.count(BOTH, 10_000)).toEqual({ count: 4, isExact: true });
  const part = await catalog.count(BOTH, SCANNED_ENTRIES);
  expect(part.isExact).toBe(false);
  expect(part.count).toBeLessThan(4);
});
