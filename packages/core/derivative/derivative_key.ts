import type { StoredImage } from "../image/image.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import type { Step } from "../transform/recipe/recipe.ts";

/** Increase it when the same recipe gives other bytes although no transform has changed. */
export const PIPELINE_VERSION = 2;

/** The number of hexadecimal digits of a key that identify its source. */
const SOURCE_DIGITS = 32;

/** Everything that determines the bytes of a derivative. */
export interface DerivativeIdentity {
  readonly image: Pick<StoredImage, "sha256" | "generation">;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
  /** The version of each step's transform, with a digest of its plugin's settings if there are any. */
  readonly versions: readonly (number | string)[];
  /** The fingerprint of the encoders. */
  readonly fingerprint: string;
}

/**
 * Returns the key of a derivative: 32 hexadecimal digits of its source, a hyphen and 64 of everything else. One key stands for one byte
 * string. It begins with the source so that all derivatives of an image can be found and deleted together.
 */
export function derivativeKey(identity: DerivativeIdentity): string {
  const { image, steps, format, versions, fingerprint } = identity;
  const canonical = JSON.stringify([
    PIPELINE_VERSION,
    image.generation,
    steps,
    format,
    versions,
    fingerprint,
  ]);
  const hash = new Bun.CryptoHasher("sha256")
    .update(image.sha256)
    .update("\n")
    .update(canonical)
    .digest("hex");
  return `${derivativeSource(image.sha256)}-${hash}`;
}

/** Returns the prefix of the keys of all derivatives of a source, from its SHA-256 or from one of these keys. */
export function derivativeSource(keyOrDigest: string): string {
  return keyOrDigest.slice(0, SOURCE_DIGITS);
}
