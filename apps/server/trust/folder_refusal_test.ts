import { describe, expect, test } from "bun:test";
import { chmod, cp, mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer } from "../end_to_end/testing_server.ts";
import { NO_VOLUMES, smallVolume } from "../end_to_end/testing_volume.ts";
import { CAN_BE_PLAIN_USER, refusalOf, refusalOfPlainUser } from "./testing_refusal.ts";

/** Space for the database of a few images, and little else. */
const VOLUME_BYTES = 24_000_000;

if (NO_VOLUMES) console.error(`Starts on volumes without room were not tested: ${NO_VOLUMES}`);

if (!CAN_BE_PLAIN_USER) console.error("Starts without rights were not tested: there is no setpriv on PATH");

/** A refused start prints one line without a stack and ends with code 2: {@linkcode refusalOf} checks that. */
describe("a start on folders that cannot be used", () => {
  /** Creates a state folder with a few images. */
  async function usedFolder(path: string): Promise<void> {
    await mkdir(path);
    await using server = await startServer({ dataDir: path });
    for (let seed = 0; seed < 5; seed++) await server.client.images.upload(await noise(seed, 40, 40));
  }

  test("names a database with any damage, and the remedy", async () => {
    await using folder = await testFolder();
    const used = join(folder.path, "used");
    await usedFolder(used);
    const file = (dataDir: string) => join(dataDir, "db", "progimage.sqlite");
    const breaks: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
      "is cut after its first pages": (path) => truncate(path, 20_000),
      "is cut within its first page": (path) => truncate(path, 50),
      "is something else": (path) => Bun.write(path, "garbage ".repeat(5_000)),
      "has other pages than its first": async (path) => {
        const bytes = await Bun.file(path).bytes();
        await Bun.write(path, bytes.fill(0x55, 4_096));
      },
      "has no schema": async (path) => {
        const bytes = await Bun.file(path).bytes();
        await Bun.write(path, bytes.fill(0x55, 100, 4_096));
      },
    };
    for (const [name, breakIt] of Object.entries(breaks)) {
      const dataDir = join(folder.path, name);
      await cp(used, dataDir, { recursive: true });
      await breakIt(file(dataDir));
      expect(await refusalOf({ PROGIMAGE_DATA_DIR: dataDir })).toMatch(
        /^Cannot use PROGIMAGE_DB_DIR .* not an intact database \(SQLITE_\w+\): npm start -- backup restore FOLDER/,
      );
    }
    const dataDir = join(folder.path, "folder in its place");
    await cp(used, dataDir, { recursive: true });
    await rm(file(dataDir));
    await mkdir(file(dataDir));
    expect(await refusalOf({ PROGIMAGE_DATA_DIR: dataDir })).toMatch(/^Cannot use PROGIMAGE_DB_DIR /);
  });

  test("names a damaged mark of the store, and the remedy, which works", async () => {
    await using folder = await testFolder();
    const dataDir = join(folder.path, "used");
    await usedFolder(dataDir);
    const mark = join(dataDir, "fs", "blobs", "installation.json");
    await Bun.write(mark, "{ damaged");
    for (const words of [[], ["fsck"]])
      expect(await refusalOf({ PROGIMAGE_DATA_DIR: dataDir }, ...words)).toMatch(
        /^Cannot use PROGIMAGE_FS_DIR as .*installation\.json.* is damaged: move it away/,
      );
    await rm(mark);
    await using server = await startServer({ dataDir });
    expect((await server.client.images.list().page()).items).toHaveLength(5);
  });

  test("names the setting of a folder that is a file, or below one", async () => {
    await using folder = await testFolder();
    const file = join(folder.path, "file");
    await Bun.write(file, "");
    for (const path of [file, join(file, "below")])
      expect(await refusalOf({ PROGIMAGE_DATA_DIR: path })).toMatch(
        /^Cannot use PROGIMAGE_\w+_DIR \(or PROGIMAGE_DATA_DIR\), .* \((?:EEXIST|ENOTDIR)\): let this user/,
      );
    for (const setting of ["PROGIMAGE_FS_DIR", "PROGIMAGE_DB_DIR", "PROGIMAGE_TMP_DIR"]) {
      const dataDir = join(folder.path, setting);
      const line = await refusalOf({ PROGIMAGE_DATA_DIR: dataDir, [setting]: file });
      expect(line).toStartWith(`Cannot use ${setting} (or PROGIMAGE_DATA_DIR), ${file}, as `);
    }
  });

  test.skipIf(!CAN_BE_PLAIN_USER)(
    "names the setting of a folder that this user may not write to",
    async () => {
      await using folder = await testFolder();
      const dataDir = join(folder.path, "used");
      await usedFolder(dataDir);
      for (const [setting, name] of [
        ["PROGIMAGE_FS_DIR", "fs"],
        ["PROGIMAGE_DB_DIR", "db"],
        ["PROGIMAGE_TMP_DIR", "tmp"],
      ] as const) {
        await chmod(join(dataDir, name), 0o000);
        const line = await refusalOfPlainUser({ PROGIMAGE_DATA_DIR: dataDir });
        await chmod(join(dataDir, name), 0o755);
        expect(line).toStartWith(
          `Cannot use ${setting} (or PROGIMAGE_DATA_DIR), ${join(dataDir, name)}, as `,
        );
        expect(line).toMatch(/\((?:EACCES|SQLITE_CANTOPEN)\): let this user write in it/);
      }
    },
  );

  test.skipIf(NO_VOLUMES !== null)("names the setting of a folder without room, new or in use", async () => {
    await using folder = await testFolder();
    const used = join(folder.path, "used");
    await usedFolder(used);
    for (const [setting, name] of [
      ["PROGIMAGE_FS_DIR", "fs"],
      ["PROGIMAGE_DB_DIR", "db"],
      ["PROGIMAGE_TMP_DIR", "tmp"],
    ] as const)
      for (const isUsed of [false, true]) {
        await using volume = await smallVolume(VOLUME_BYTES);
        if (isUsed) await cp(join(used, name), volume.path, { recursive: true });
        await volume.fill();
        const dataDir = isUsed ? used : join(folder.path, crypto.randomUUID());
        const line = await refusalOf({ PROGIMAGE_DATA_DIR: dataDir, [setting]: volume.path });
        expect(line).toStartWith(
          `Cannot use ${setting} (or PROGIMAGE_DATA_DIR), ${volume.path}, as it has no room`,
        );
        expect(line).toContain("make room there, or choose another folder");
      }
  });
});
