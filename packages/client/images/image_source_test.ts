import { expect, test } from "bun:test";
import { referenceOf } from "./image_source.ts";
import { isImageObject } from "./image_object.ts";
import type { ImageSource } from "./sources.ts";
import { fromFile, fromUrl, InvalidIdError, ProgImage } from "../mod.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";

const SOURCES: readonly (readonly [what: string, source: ImageSource, reference: string | null])[] = [
  ["an id", ID, ID],
  ["an id in capitals", ID.toUpperCase(), ID],
  ["an https URL with a space", fromUrl("HTTPS://example.com/a b.png"), "https://example.com/a%20b.png"],
  ["a URL object", new URL("http://example.com/a.png"), "http://example.com/a.png"],
  ["an image", { id: ID }, ID],
  ["a path", fromFile("cat.jpg"), null],
  ["a file: URL", fromFile(new URL("file:///cat.jpg")), null],
  ["a blob", new Blob(["a"]), null],
  ["a file", new File(["a"], "a.png"), null],
  ["bytes", new Uint8Array(3), null],
  ["a buffer", new ArrayBuffer(3), null],
  ["a stream", new ReadableStream(), null],
];

for (const [what, source, reference] of SOURCES) {
  test(`referenceOf ${what} is ${reference ?? "null"}`, () => {
    expect(referenceOf(source)).toBe(reference);
    expect(isImageObject(source)).toBe(typeof source !== "string");
  });
}

test("referenceOf refuses texts that are not ids, and URLs that are neither http(s) nor files", () => {
  for (const text of ["cat.jpg", `./${ID}`, `${ID}.png`, "https:/cat.jpg", "http://example.com/a.png", ""])
    expect(() => referenceOf(text)).toThrow(/^Cannot use ".*" as an image: say fromFile/);
  for (const url of ["ftp://example.com/a", "file:///cat.jpg"]) {
    expect(() => referenceOf(new URL(url))).toThrow(TypeError);
    expect(() => fromUrl(url)).toThrow(TypeError);
  }
  expect(() => fromUrl("example.com/a.png")).toThrow(/must be an http\(s\) URL$/);
  expect(() => fromFile(new URL("https://example.com/a"))).toThrow(TypeError);
  expect(() => referenceOf({ id: "nope" })).toThrow(InvalidIdError);
});

test("referenceOf refuses an image with steps, which would be lost", () => {
  const image = new ProgImage({ baseUrl: "https://example.com" }).image(ID);
  expect(referenceOf(image)).toBe(ID);
  for (const made of [image.flip(), image.webp(), image.compress(), image.preset("hero")]) {
    expect(() => referenceOf(made)).toThrow(TypeError);
    expect(() => image.mask({ image: made }).url()).toThrow(TypeError);
  }
  expect(image.mask({ image }).url()).toEndWith(`?mask=image:${ID}`);
});

test("isImageObject is false for values of other kinds", () => {
  for (const value of [null, undefined, 3, true, "a", [1], {}, { id: 3 }, () => 1]) {
    expect(isImageObject(value)).toBe(false);
  }
});
