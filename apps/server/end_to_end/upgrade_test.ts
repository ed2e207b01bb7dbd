import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { runCommand } from "./testing_command.ts";
import { untilNoticed } from "./testing_installation.ts";
import { startServer } from "./testing_server.ts";

/** Data folders of released versions. The server must start on each, migrate and serve it, as long as the folder is listed here. */
const FOLDERS = { "0.1": "data_folder_0_1.tar.gz" } as const;

/** The images in the folder of 0.1, by name, as that version described them. */
const IMAGES_0_1: Readonly<Record<string, object>> = {
  "two colours.png": {
    id: "01a22a82-0052-7348-bd67-9561115d3e8b",
    bytes: 136,
    width: 40,
    height: 20,
    hasAlpha: true,
    sha256: "739ba13dc93e7af42dd8b34de0e293df8cd33cd45a22d13f958fbbe1bf2911dd",
    tags: ["one", "ß"],
    metadata: { sku: "A-1", nested: [1, null] },
    focalPoint: { x: 0.25, y: 0.75 },
    thumbhash: expect.stringMatching(/^[\w+/]{8}/),
  },
  "noise.jpg": { id: "01a22a82-0078-7463-83bc-206c37ff9c80", format: "jpeg", tags: ["one"] },
  "same bytes.jpg": { id: "01a22a82-0088-77d3-aef5-a7f83630198b", format: "jpeg" },
  "expires.jpg": { id: "01a22a82-009e-7292-8af8-9c74fc6a28b1", expiresAt: null },
};

test("a data folder of 0.1 starts, migrates and serves, and nothing in it is lost", async () => {
  await using folder = await testFolder();
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  const archive = join(import.meta.dir, "fixtures", FOLDERS["0.1"]);
  expect(await Bun.spawn(["tar", "-xzf", archive, "-C", dataDir]).exited).toBe(0);
  {
    await using server = await startServer({ dataDir, settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
    const found = await Array.fromAsync(server.client.images.list());
    const named = Object.fromEntries(found.map((image) => [image.name, image]));
    expect(named).toMatchObject(IMAGES_0_1);
    // Four uploads, and two results of a job.
    expect(found).toHaveLength(6);
    for (const { id, sha256, name } of found) {
      const original = await (await fetch(`${server.url}/images/${id}`)).bytes();
      expect(new Bun.CryptoHasher("sha256").update(original).digest("hex")).toBe(sha256);
      expect((await fetch(`${server.url}/images/${id}.webp?resize=10x`)).status, name ?? id).toBe(200);
    }
    expect(await Array.fromAsync(server.client.images.list({ tag: "ß" }))).toHaveLength(1);
    expect((await fetch(`${server.url}/images/01a22a82-0092-72d6-b8a8-266c0a5d0ca2`)).status).toBe(404);
    await untilNoticed(server, (codes) => codes.length === 0);
    // The server recognizes bytes that it already has.
    const original = await server.client.image(found[0]?.id ?? "").fetch();
    const again = await server.client.images.upload(await original.bytes());
    expect(again.sha256).toBe(found[0]?.sha256 ?? "");
  }
  const { code, output } = await runCommand({ PROGIMAGE_DATA_DIR: dataDir }, "fsck");
  expect([code, output]).toEqual([0, expect.stringContaining("0 repaired, 0 recovered, 0 damaged or lost.")]);
});
