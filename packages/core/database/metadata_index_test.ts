import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ImageCatalog } from "../image/catalog/image_catalog.ts";
import type { DeletedImages } from "../image/deleted/deleted_images.ts";
import { imageFixture } from "../image/image_fixture.ts";
import { PostgresDeletedImages } from "../image/deleted/postgres_deleted_images.ts";
import { PostgresImageCatalog } from "../image/catalog/postgres_image_catalog.ts";
import { SqliteDeletedImages } from "../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { PostgresDatabase } from "./postgres/postgres_database.ts";
import { indexPostgresMetadata } from "./postgres/postgres_metadata_index.ts";
import { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import { indexSqliteMetadata } from "./sqlite/sqlite_metadata_index.ts";
import { sharedPostgres } from "./postgres/testing_postgres.ts";

interface Opened extends AsyncDisposable {
  readonly catalog: ImageCatalog;
  readonly deleted: DeletedImages;
}

/** Opens a database as a server with these metadata keys does at startup. */
type Open = (metadataKeys: readonly string[]) => Promise<Opened>;

const server = await sharedPostgres();

test("indexSqliteMetadata() makes images searchable by the keys of each start", async () => {
  await using folder = await testFolder();
  await holds(async (metadataKeys) => {
    const database = new SqliteDatabase(join(folder.path, "db.sqlite"), { metadataKeys });
    database.migrate();
    await indexSqliteMetadata(database);
    const dispose = async () => database[Symbol.dispose]();
    const [catalog, deleted] = [new SqliteImageCatalog(database), new SqliteDeletedImages(database)];
    return { catalog, deleted, [Symbol.asyncDispose]: dispose };
  });
});

describe.skipIf(!server)("on PostgreSQL", () => {
  test("indexPostgresMetadata() makes images searchable by the keys of each start", async () => {
    if (!server) return;
    await using fresh = await server.freshDatabase();
    await holds(async (metadataKeys) => {
      const database = new PostgresDatabase(fresh.url, { metadataKeys });
      await database.migrate(() => indexPostgresMetadata(database));
      const dispose = async () => await database[Symbol.asyncDispose]();
      const [catalog, deleted] = [new PostgresImageCatalog(database), new PostgresDeletedImages(database)];
      return { catalog, deleted, [Symbol.asyncDispose]: dispose };
    });
  }, 60_000);
});

async function holds(open: Open): Promise<void> {
  const values = ["A-1", "A-1", 7, true, null, ["A-1"], "x".repeat(129), "line\nbreak"];
  const images = values.map((sku, index) =>
    imageFixture({ metadata: { sku, album: "one" }, tags: ["t"], createdAt: 1_000 + index }),
  );
  const [first, second, third, fourth] = images.map(({ id }) => id);
  const found = async ({ catalog }: Opened, metadata: Readonly<Record<string, string>>, tag?: string) => {
    const query = { order: "createdAt", descending: false, limit: 10, metadata, tag } as const;
    return (await catalog.list(query)).map(({ id }) => id);
  };
  {
    await using opened = await open([]);
    for (const image of images) await opened.catalog.add(image, { key: image.id, validUntil: Infinity });
    expect(await found(opened, { sku: "A-1" })).toEqual([]);
  }
  {
    await using opened = await open(["sku"]);
    const { catalog, deleted } = opened;
    expect(await found(opened, { sku: "A-1" })).toEqual([first ?? "", second ?? ""]);
    expect(await found(opened, { sku: "7" })).toEqual([third ?? ""]);
    expect(await found(opened, { sku: "true" }, "t")).toEqual([fourth ?? ""]);
    expect(await found(opened, { album: "one" })).toEqual([]);
    expect(await catalog.count({ order: "createdAt", metadata: { sku: "A-1" }, tag: "t" }, 9)).toEqual({
      count: 2,
      isExact: true,
    });
    await catalog.update(first ?? "", (image) => ({ ...image, metadata: { sku: "B-2" } }));
    expect(await found(opened, { sku: "A-1" })).toEqual([second ?? ""]);
    await catalog.remove(first ?? "");
    expect(await found(opened, { sku: "B-2" })).toEqual([]);
    await deleted.restore([first ?? ""], 0);
    expect(await found(opened, { sku: "B-2" })).toEqual([first ?? ""]);
    const late = imageFixture({ metadata: { sku: "A-1", album: "one" }, createdAt: 2_000 });
    await catalog.add(late, { key: late.id, validUntil: Infinity });
    expect(await found(opened, { sku: "A-1" })).toEqual([second ?? "", late.id]);
  }
  {
    await using opened = await open(["album"]);
    expect(await found(opened, { sku: "A-1" })).toEqual([]);
    expect(await found(opened, { album: "one" })).toHaveLength(8);
    expect(await found(opened, {}, "t")).toHaveLength(8);
  }
}
