import { expect, test } from "bun:test";
import { assertVersion } from "./version_floor.ts";

test("assertVersion() accepts the floor and what is newer", () => {
  for (const version of ["1.23.2", "1.23.10", "1.24.0", "2.0.0"])
    expect(() => assertVersion("libheif", version, "1.23.2")).not.toThrow();
});

test("assertVersion() refuses what is older or unknown, and names the remedy", () => {
  for (const version of ["1.23.1", "1.9.9", "0.99.0", undefined])
    expect(() => assertVersion("libheif", version, "1.23.2")).toThrow(
      /libheif .* before 1\.23\.2 .*lockfile/,
    );
});
