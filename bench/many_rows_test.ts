import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isImageId } from "@progimage/core";
import { offeredQueries, sharedPostgres, testFolder } from "@progimage/core/testing";
import { startServer, type TestServer } from "@progimage/server/testing";
import { idOfRow, makeManyPostgresRows, makeManyRows, partsOfRows } from "./many_rows.ts";

const ROWS = 2_000;

const postgres = await sharedPostgres();

async function expectRows(server: TestServer): Promise<void> {
  const id = idOfRow(1_730);
  expect(isImageId(id)).toBe(true);
  expect(await server.client.images.get(id)).toMatchObject({ name: "image 1730", tags: ["tenth"] });
  const items = async (query: string): Promise<readonly { readonly id: string }[]> =>
    (await (await fetch(`${server.url}/images?${query}`)).json()).items;
  expect((await items("limit=3")).map((item) => item.id)).toEqual([1_999, 1_998, 1_997].map(idOfRow));
  expect(await items("tag=tenth&limit=1000")).toHaveLength(200);
  expect(await items("format=png&limit=1000")).toHaveLength(200);
}

test("makeManyRows makes a catalog that a server finds images in, lists them and counts tags", async () => {
  await using folder = await testFolder();
  await mkdir(join(folder.path, "db"));
  await makeManyRows(folder.path, ROWS);
  await using server = await startServer({ dataDir: folder.path });
  await expectRows(server);
});

describe.skipIf(!postgres)("on PostgreSQL", () => {
  if (!postgres) return;
  test("makeManyPostgresRows makes the same catalog", async () => {
    await using database = await postgres.freshDatabase();
    await using folder = await testFolder();
    await makeManyPostgresRows(database.url, ROWS, folder.path);
    const settings = { PROGIMAGE_DATABASE_URL: database.url };
    await using server = await startServer({ dataDir: folder.path, settings });
    await expectRows(server);
  });
});

test("partsOfRows gives values for every filter and order on offer", () => {
  expect(offeredQueries(partsOfRows(ROWS, "ab".repeat(32)))).toHaveLength(offeredQueries().length);
});
