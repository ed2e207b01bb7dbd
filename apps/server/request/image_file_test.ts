import { expect, test } from "bun:test";
import { splitImageFile } from "./image_file.ts";

test("splitImageFile() splits at the first dot", () => {
  expect(splitImageFile("a")).toEqual({ id: "a", extension: null });
  expect(splitImageFile("a.webp")).toEqual({ id: "a", extension: "webp" });
  expect(splitImageFile("a.b.c")).toEqual({ id: "a", extension: "b.c" });
  expect(splitImageFile("a.")).toEqual({ id: "a", extension: "" });
});
