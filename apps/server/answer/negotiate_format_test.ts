import { describe, expect, test } from "bun:test";
import { mediaTypeOf, OUTPUT_FORMATS, type OutputFormat } from "@progimage/core";
import Negotiator from "negotiator";
import { acceptClass, acceptedFormats } from "./accepted_formats.ts";
import { type NegotiatedImage, negotiateFormat, universalFormat } from "./negotiate_format.ts";

const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5";

const PHOTO: NegotiatedImage = { format: "jpeg", hasAlpha: false, pages: 1 };
const LOGO: NegotiatedImage = { format: "png", hasAlpha: true, pages: 1 };
const SCAN: NegotiatedImage = { format: "tiff", hasAlpha: false, pages: 1 };
const MOVING: NegotiatedImage = { format: "gif", hasAlpha: true, pages: 5 };

function selected(accept: string | null, image: NegotiatedImage, width = 100): OutputFormat {
  return negotiateFormat(accept, image, { size: { width, height: 1_000 }, usual: universalFormat(image) });
}

const cases: readonly (readonly [accept: string | null, image: NegotiatedImage, format: OutputFormat])[] = [
  [null, PHOTO, "jpeg"],
  ["*/*", PHOTO, "jpeg"],
  ["*/*", LOGO, "png"],
  ["*/*", SCAN, "jpeg"],
  ["*/*", MOVING, "gif"],
  ["image/*", PHOTO, "jpeg"],
  [CHROME, PHOTO, "avif"],
  [FIREFOX, LOGO, "avif"],
  [CHROME, MOVING, "webp"],
  ["image/png", PHOTO, "png"],
  ["IMAGE/PNG", PHOTO, "png"],
  ["image/jpeg", LOGO, "jpeg"],
  ["image/png, image/jpeg", PHOTO, "jpeg"],
  ["image/tiff, image/jpeg", SCAN, "tiff"],
  ["image/webp;q=0.9, image/avif;Q=0.1", PHOTO, "webp"],
  ["image/webp ; q=0.5, */*;q=0.6", PHOTO, "jpeg"],
  ["image/webp;q=0.5, */*;q=0.5", PHOTO, "webp"],
  ["image/jpeg;q=0, */*", PHOTO, "png"],
  ["image/*;q=0, image/gif;q=0.1, */*", PHOTO, "gif"],
  ["image/webp;v=2, image/png", PHOTO, "png"],
  ["image/jpeg", MOVING, "jpeg"],
  ["image/png, image/webp;q=0.1", MOVING, "webp"],
  ["text/html", PHOTO, "jpeg"],
  ["*/*;q=0", LOGO, "png"],
];

describe("negotiateFormat()", () => {
  test.each(cases)("reads %p for %p as %p", (accept, image, format) => {
    expect(selected(accept, image)).toBe(format);
  });

  test("selects AVIF for results of up to two million pixels, and the next best for larger ones", () => {
    expect(selected(CHROME, PHOTO, 2_000)).toBe("avif");
    expect(selected(CHROME, PHOTO, 2_001)).toBe("webp");
    expect(selected("image/avif", PHOTO, 2_001)).toBe("jpeg");
  });
});

/** All headers of two ranges, with and without weights. */
const HEADERS = ["image/avif", "image/png", "image/*", "*/*", "text/html"].flatMap((first, index, ranges) =>
  ranges
    .slice(index + 1)
    .flatMap((second) =>
      ["", ";q=0.5", ";q=0"].flatMap((weight) => [
        `${first}${weight},${second};q=0.7`,
        `${second},${first}${weight}`,
      ]),
    ),
);

test("acceptedFormats() gives weights as another reader of the header does", () => {
  for (const accept of HEADERS) {
    const acceptances = acceptedFormats(accept);
    const weightOf = (format: OutputFormat) => acceptances[format].weight;
    const expected = new Negotiator({ headers: { accept } }).mediaTypes(OUTPUT_FORMATS.map(mediaTypeOf));
    const accepted = OUTPUT_FORMATS.filter((format) => weightOf(format) > 0);
    expect([accept, ...accepted.map(mediaTypeOf).toSorted()]).toEqual([accept, ...expected.toSorted()]);
    const weights = expected.map((type) =>
      weightOf(accepted.find((format) => mediaTypeOf(format) === type) ?? "jpeg"),
    );
    expect([accept, ...weights]).toEqual([accept, ...weights.toSorted().toReversed()]);
  }
});

test("acceptClass() is equal for headers that order the formats alike, and for no others", () => {
  expect(acceptClass("image/webp;q=0.8, */*;q=0.1")).toBe(acceptClass("*/*;q=0.3,  image/WEBP"));
  expect(acceptClass("image/webp, */*")).not.toBe(acceptClass("image/webp, */*;q=0.3"));
  expect(acceptClass("*/*")).not.toBe(acceptClass("image/webp, image/*, */*"));
  expect(acceptClass("image/webp;q=0.0000001, image/avif")).not.toBe(
    acceptClass("image/webp, image/avif;q=0.5"),
  );
  expect(acceptClass("image/webp;q=0.0000001, image/avif")).toBe(acceptClass("image/webp;q=0, image/avif"));
});
