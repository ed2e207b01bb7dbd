import { expect, test } from "bun:test";
import { imageFixture } from "@progimage/core/testing";
import { type ImageAnswerTraits, imageHeaders, validatorsOf } from "./image_headers.ts";

const NOW = Date.UTC(2030, 0, 1);

function headersOf(changes: Partial<ImageAnswerTraits> = {}, config = {}) {
  const traits = {
    ...validatorsOf("key", NOW),
    image: imageFixture({ name: "cat" }),
    format: "webp",
    keeping: "a_while",
    expiresAt: null,
    isNegotiated: false,
    isPublic: true,
    download: { isWanted: false, name: "" },
    now: NOW,
    ...changes,
  } as const;
  return imageHeaders(traits, { maxAge: 3600, staleWhileRevalidate: 600, ...config });
}

test("validatorsOf() returns a strong tag and an HTTP date", () => {
  const lastModified = "Tue, 01 Jan 2030 00:00:00 GMT";
  expect(validatorsOf("key", NOW)).toEqual({ etag: '"key"', lastModified });
});

test("imageHeaders() lets only the caller keep an answer that not everyone may have", () => {
  for (const keeping of ["a_while", "forever", "no"] as const) {
    const { headers, notModifiedHeaders } = headersOf({ isPublic: false, keeping });
    for (const each of [headers, notModifiedHeaders])
      expect(each).toMatchObject({ "cache-control": "private, no-cache", vary: "Authorization" });
  }
  const { headers } = headersOf({ isPublic: false, isNegotiated: true });
  expect(headers["vary"]).toBe("Accept, Authorization");
});

test.each([
  ["a plain URL", {}, {}, "public, max-age=3600, stale-while-revalidate=600"],
  ["no staleness", {}, { staleWhileRevalidate: 0 }, "public, max-age=3600"],
  ["a URL of another version", { keeping: "no" }, {}, "no-cache"],
  ["a versioned URL", { keeping: "forever" }, {}, "public, max-age=31536000, immutable"],
  [
    "an expiry in staleness",
    { expiresAt: NOW + 3_700_999 },
    {},
    "public, max-age=3600, stale-while-revalidate=100",
  ],
  ["an expiry within max-age", { expiresAt: NOW + 1_999 }, {}, "public, max-age=1"],
  ["an expiry that has passed", { expiresAt: NOW - 5_000 }, {}, "public, max-age=0"],
  [
    "a versioned URL that expires",
    { expiresAt: NOW + 5_000, keeping: "forever" },
    {},
    "public, max-age=5, immutable",
  ],
] as const)("imageHeaders() keeps caches from outliving an image: %s", (_name, changes, config, expected) => {
  const { headers, notModifiedHeaders } = headersOf(changes, config);
  expect(headers["cache-control"]).toBe(expected);
  expect(notModifiedHeaders["cache-control"]).toBe(expected);
});

test("imageHeaders() varies by Accept only if it has selected the format", () => {
  expect(headersOf().headers).not.toHaveProperty("vary");
  const { headers, notModifiedHeaders } = headersOf({ isNegotiated: true });
  expect([headers["vary"], notModifiedHeaders["vary"]]).toEqual(["Accept", "Accept"]);
});

test("imageHeaders() describes the body only where there is one", () => {
  const { headers, notModifiedHeaders } = headersOf();
  expect(headers).toMatchObject({
    "content-type": "image/webp",
    "content-disposition": "inline; filename=cat.webp",
    "accept-ranges": "bytes",
    "cross-origin-resource-policy": "cross-origin",
  });
  expect(Object.keys(notModifiedHeaders)).toEqual(["etag", "last-modified", "cache-control"]);
});
