import { expect, test } from "bun:test";
import { imageVersion } from "./image_version.ts";

test("imageVersion() changes with the inputs of the bytes", () => {
  const image = { generation: 0, focalPoint: null };
  const versions = [
    imageVersion(image, "[1,[]]"),
    imageVersion(image, "[2,[]]"),
    imageVersion({ ...image, generation: 5 }, "[1,[]]"),
    imageVersion({ ...image, focalPoint: { x: 0.5, y: 0 } }, "[1,[]]"),
    imageVersion({ ...image, focalPoint: { x: 0, y: 0.5 } }, "[1,[]]"),
  ];
  expect(new Set(versions).size).toBe(versions.length);
  expect(imageVersion({ ...image }, "[1,[]]")).toBe(versions[0] ?? "");
  for (const version of versions) expect(version).toMatch(/^[\w-]{10}$/);
});
