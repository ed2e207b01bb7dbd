import { afterEach, expect, test } from "bun:test";
import { testFolder } from "../../testing/testing_folder.ts";
import { encoderFingerprint } from "../sharp_setup.ts";
import { fontFiles, useFontFolder } from "./font_files.ts";

afterEach(() => useFontFolder(""));

test("useFontFolder() finds the fonts of a folder, and changes the fingerprint of the encoders with them", async () => {
  await using folder = await testFolder();
  const { path } = folder;
  for (const name of ["b.ttf", "deep/a.ttc", "readme.txt"]) await Bun.write(`${path}/${name}`, name);
  const before = encoderFingerprint();
  useFontFolder(path);
  expect(fontFiles()).toEqual([`${path}/b.ttf`, `${path}/deep/a.ttc`]);
  const fingerprint = encoderFingerprint();
  expect(fingerprint).not.toBe(before);
  await Bun.write(`${path}/b.ttf`, "another size");
  useFontFolder(path);
  expect(encoderFingerprint()).not.toBe(fingerprint);
});

test("useFontFolder() names the setting if the folder is missing", () => {
  expect(() => useFontFolder("/no/such/folder")).toThrow("Cannot read the fonts in PROGIMAGE_FONTS_DIR: ");
});
