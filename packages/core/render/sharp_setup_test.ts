import { expect, test } from "bun:test";
import { assertVersions, sharp } from "./sharp_setup.ts";

test("assertVersions() accepts the versions of the lockfile, and refuses a libheif with known holes", () => {
  expect(() => assertVersions()).not.toThrow();
  expect(() => assertVersions({ ...sharp.versions, heif: "1.23.1" })).toThrow(/heif 1\.23\.1/);
  const { heif: _heif, ...without } = sharp.versions;
  expect(() => assertVersions(without)).toThrow(/heif of an unknown version/);
});
