import type { Image } from "./image.ts";
import { NO_ATTRIBUTES } from "./image_attributes.ts";
import { newImageId } from "./image_id.ts";

/** Returns a unique image for a test of catalogs. */
export function imageFixture(changes: Partial<Image> = {}): Image {
  const createdAt = changes.createdAt ?? Date.now();
  return {
    ...NO_ATTRIBUTES,
    id: newImageId(createdAt),
    owner: "",
    format: "jpeg",
    bytes: 1234,
    width: 640,
    height: 480,
    pages: 1,
    durationMs: null,
    hasAlpha: false,
    orientation: 1,
    colorSpace: "srgb",
    hasProfile: false,
    depth: "uchar",
    warnings: [],
    dominantColor: "#804020",
    thumbhash: "1QcSHQRnh493V4dIh4eXh1h4kJUI",
    sha256: new Bun.CryptoHasher("sha256").update(crypto.randomUUID()).digest("hex"),
    revision: 1,
    generation: 0,
    idempotencyKey: null,
    idempotencyRequest: null,
    createdAt,
    updatedAt: createdAt,
    ...changes,
  };
}
