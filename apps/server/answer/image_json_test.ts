import { expect, test } from "bun:test";
import { imageFixture } from "@progimage/core/testing";
import { answerImageInfo, deletedImageJson, imageJson, infoValidators } from "./image_json.ts";

const LINKS = { publicUrl: "https://example.com/img", renderEpoch: "[1,[]]" };

test.each([
  ["gif", 2, true],
  ["gif", 1, false],
  ["webp", 3, true],
  ["tiff", 3, false],
] as const)("imageJson() calls a %s of %d pages animated: %p", (format, pages, isAnimated) => {
  expect(imageJson(imageFixture({ format, pages }), LINKS).isAnimated).toBe(isAnimated);
});

test("imageJson() has absolute links, and times of ISO 8601", () => {
  const image = imageFixture({ createdAt: 0, updatedAt: 1 });
  const json = imageJson(image, LINKS);
  expect(json.href).toMatch(new RegExp(`^https://example.com/img/images/${image.id}\\?v=[\\w-]{10}$`));
  expect(json.infoHref).toBe(`https://example.com/img/images/${image.id}/info`);
  expect([json.createdAt, json.updatedAt]).toEqual(["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.001Z"]);
  expect(Object.values(json)).not.toContain(undefined);
});

test("imageJson() reveals no owner and no idempotency key", () => {
  const json = imageJson(imageFixture({ owner: "secret", idempotencyKey: "secret" }), LINKS);
  expect(JSON.stringify(json)).not.toContain("secret");
});

test("deletedImageJson() says when it was deleted, and until when it can be restored", () => {
  const image = { ...imageFixture(), deletedAt: 1_000 };
  const json = deletedImageJson({ image, restorableUntil: 2_000 }, LINKS);
  expect(json).toMatchObject({
    id: image.id,
    deletedAt: "1970-01-01T00:00:01.000Z",
    restorableUntil: "1970-01-01T00:00:02.000Z",
  });
});

test("infoValidators() has a tag that changes with each change of an image", () => {
  const image = imageFixture({ revision: 1, generation: 1 });
  const tags = [image, { ...image, revision: 2 }, { ...image, generation: 2 }, imageFixture()].map(
    (state) => infoValidators(state).etag,
  );
  expect(new Set(tags).size).toBe(4);
});

test("answerImageInfo() has the headers of the record, wherever it is answered", async () => {
  const image = imageFixture();
  const { headers } = answerImageInfo(image, LINKS);
  expect(headers.get("etag")).toBe(infoValidators(image).etag);
  expect(headers.get("content-location")).toBe(`https://example.com/img/images/${image.id}/info`);
  expect(headers.get("cache-control")).toBe("private, no-cache");
});
