import type { Image } from "@progimage/core";

/** The fields of an image that determine the bytes under its URLs. */
export type VersionedImage = Pick<Image, "focalPoint" | "generation">;

const VERSION_CHARACTERS = 10;

/**
 * Returns the `v` of an image: a short hash of its last purge, its focal point, and the render epoch. Nodes with the same version of
 * the server return the same value.
 */
export function imageVersion({ focalPoint, generation }: VersionedImage, renderEpoch: string): string {
  const { x = null, y = null } = focalPoint ?? {};
  const text = JSON.stringify([generation, x, y, renderEpoch]);
  return new Bun.CryptoHasher("sha256").update(text).digest("base64url").slice(0, VERSION_CHARACTERS);
}
