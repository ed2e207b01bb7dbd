import { expect, test } from "bun:test";
import { type ImageSource, isImageObject, referenceOf } from "./image_source.ts";
import { ProgImage } from "./mod.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";

const SOURCES: readonly (readonly [what: string, source: ImageSource, reference: string | null])[] = [
  ["an id", ID, ID],
  ["an id in capitals", ID.toUpperCase(), ID.toUpperCase()],
  ["an http URL", "http://example.com/a.png", "http://example.com/a.png"],
  ["an https URL with a space", "HTTPS://example.com/a b.png", "HTTPS://example.com/a b.png"],
  ["a URL object", new URL("https://example.com/a b.png"), "https://example.com/a%20b.png"],
  ["a URL of another kind", new URL("ftp://example.com/a"), "ftp://example.com/a"],
  ["an image", { id: "any" }, "any"],
  ["a path", "cat.jpg", null],
  ["a path that ends in an id", `./${ID}`, null],
  ["a file named by an id", `${ID}.png`, null],
  ["a path like a URL", "https:/cat.jpg", null],
  ["nothing", "", null],
  ["a file: URL", new URL("file:///cat.jpg"), null],
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

test("referenceOf refuses an image with steps, which would be forgotten", () => {
  const image = new ProgImage({ baseUrl: "https://example.com" }).image(ID);
  expect(referenceOf(image)).toBe(ID);
  for (const made of [image.flip(), image.webp(), image.compress(), image.preset("hero")]) {
    expect(() => referenceOf(made)).toThrow(TypeError);
    expect(() => image.mask({ image: made }).url()).toThrow(TypeError);
  }
  expect(image.mask({ image }).url()).toEndWith(`?mask=image:${ID}`);
});

test("isImageObject: values of other kinds are none", () => {
  for (const value of [null, undefined, 3, true, "a", [1], {}, { id: 3 }, () => 1]) {
    expect(isImageObject(value)).toBe(false);
  }
});
