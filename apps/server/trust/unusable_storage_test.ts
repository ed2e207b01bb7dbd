import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { filesBelow, startServer } from "../end_to_end/testing_server.ts";
import { NO_VOLUMES, smallVolume } from "../end_to_end/testing_volume.ts";
import { refusalOf } from "./testing_refusal.ts";

const VOLUME_BYTES = 12_000_000;

if (NO_VOLUMES) console.log(`Volumes that can only be read were not tested: ${NO_VOLUMES}`);

describe.skipIf(NO_VOLUMES !== null)("a volume that can only be read any more", () => {
  test("refuses uploads and renders as storage_error, still serves stored images, and recovers", async () => {
    await using volume = await smallVolume(VOLUME_BYTES);
    await using server = await startServer({ settings: { PROGIMAGE_FS_DIR: volume.path } });
    const [first, second] = await Promise.all([1, 2].map((seed) => noise(seed, 200, 150)));
    const { id } = await server.client.images.upload(first ?? new Uint8Array());
    const upload = () =>
      fetch(`${server.url}/images`, { method: "POST", body: new Uint8Array(second ?? []) });
    const render = () => fetch(`${server.url}/images/${id}.png?resize=100x`);
    volume.setReadOnly(true);
    for (const ask of [upload, render]) {
      const response = await ask();
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
      const problem = await response.text();
      expect(JSON.parse(problem)).toMatchObject({ code: "storage_error", retryAfter: 5 });
      expect(problem).not.toContain(volume.path);
    }
    expect(
      Buffer.compare(await (await fetch(`${server.url}/images/${id}`)).bytes(), first ?? Buffer.of()),
    ).toBe(0);
    const errors = server
      .log()
      .split("\n")
      .filter((line) => line.includes('"level":50'));
    expect(errors.length).toBe(2);
    for (const line of errors) expect(line).toMatch(/EROFS|ead-only file system/);
    volume.setReadOnly(false);
    expect((await upload()).status).toBe(201);
    expect((await render()).status).toBe(200);
    expect(await filesBelow(join(volume.path, "incoming"))).toEqual([]);
  });

  for (const setting of ["PROGIMAGE_FS_DIR", "PROGIMAGE_DB_DIR", "PROGIMAGE_TMP_DIR"]) {
    test(`stops the start with a line that names ${setting}`, async () => {
      await using folder = await testFolder();
      await using volume = await smallVolume(VOLUME_BYTES);
      const settings = { PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_PORT: "0", [setting]: volume.path };
      // All files already exist: only writing reveals the fault.
      await (await startServer({ settings, dataDir: folder.path }))[Symbol.asyncDispose]();
      volume.setReadOnly(true);
      await expectRefusal(settings, `Cannot use ${setting} (or PROGIMAGE_DATA_DIR), ${volume.path}, as `);
    });
  }
});

describe("a server that cannot use its storage", () => {
  test("stops the start with a line if a file is in place of its folders", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "fs"), "a file");
    await Bun.write(join(folder.path, "db"), "a file");
    const settings = { PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_PORT: "0" };
    await expectRefusal(settings, "Cannot use PROGIMAGE_FS_DIR ");
    await mkdir(join(folder.path, "files"));
    const other = { ...settings, PROGIMAGE_FS_DIR: join(folder.path, "files") };
    await expectRefusal(other, "Cannot use PROGIMAGE_DB_DIR ");
  });

  test("stops the start with a line where its database is broken", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "db", "progimage.sqlite"), "no database".repeat(1000));
    const settings = { PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_PORT: "0" };
    await expectRefusal(settings, "puts a backup back");
  });
});

async function expectRefusal(settings: Readonly<Record<string, string>>, words: string): Promise<void> {
  expect(await refusalOf(settings)).toContain(words);
}
