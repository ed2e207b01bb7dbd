import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import { unsupportedMedia } from "../sharp_error.ts";
import { stillFixtures } from "../source_fixtures.ts";
import { blameStorage } from "./unreadable_input.ts";

/** sharp's message for a file that is no image or that it could not read. */
const UNRECOGNISED = unsupportedMedia({ cause: new Error("Input file contains unsupported image format") });

test("blameStorage() blames the storage if a valid file was not recognised, and the file if it is invalid", async () => {
  await using folder = await testFolder();
  const good = (await stillFixtures()).find(({ format }) => format === "tiff")?.bytes ?? Buffer.of();
  // Moves the directory beyond the end of the file.
  const bad = Buffer.from(good).fill(0x7f, 4, 8);
  const blamed = async (bytes: Buffer) => {
    const path = join(folder.path, "file");
    await Bun.write(path, bytes);
    return await blameStorage(UNRECOGNISED, { type: "probe", path });
  };
  expect(await blamed(good)).toMatchObject({ code: "storage_error" });
  expect(await blamed(bad)).toBe(UNRECOGNISED);
  expect(await blamed(Buffer.from("no image"))).toBe(UNRECOGNISED);
});
