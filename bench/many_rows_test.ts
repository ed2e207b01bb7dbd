import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isImageId } from "@progimage/core";
import { startServer } from "@progimage/server/testing";
import { idOfRow, makeManyRows } from "./many_rows.ts";

test("makeManyRows makes a catalog that a server finds images in, lists them and counts tags", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "progimage-rows-"));
  try {
    await mkdir(join(dataDir, "db"));
    makeManyRows(dataDir, 2_000);
    await using server = await startServer({ dataDir });
    const id = idOfRow(1_730);
    expect(isImageId(id)).toBe(true);
    expect(await server.client.info(id)).toMatchObject({ name: "image 1730", tags: ["tenth"] });
    const page = await (await fetch(`${server.url}/images?limit=3`)).json();
    expect(page.items.map((item: { readonly id: string }) => item.id)).toEqual(
      [1_999, 1_998, 1_997].map(idOfRow),
    );
    const tagged = await (await fetch(`${server.url}/images?tag=tenth&limit=1000`)).json();
    expect(tagged.items).toHaveLength(200);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
