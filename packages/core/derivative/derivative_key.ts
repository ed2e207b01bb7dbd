import type { StoredImage } from "../image/image.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import { ownerTag, TAG_CHARACTERS } from "../tenant/owner_tag.ts";
import type { Step } from "../transform/recipe/recipe.ts";

/** Increase it when the same recipe gives other bytes although no transform has changed. */
export const PIPELINE_VERSION = 2;

/** The number of characters of a key that identify its source. */
const SOURCE_CHARACTERS = 32;

/** The number of these that are digits of the SHA-256 if an owner's tag follows. */
const TAGGED_DIGITS = SOURCE_CHARACTERS - TAG_CHARACTERS;

const KEY_REGEXP = /^(?:[0-9a-f]{32}|[0-9a-f]{20}t[0-9a-f]{11})-[0-9a-f]{64}$/;

/** An image whose derivatives are cached. */
export type DerivativeSource = Pick<StoredImage, "owner" | "sha256">;

/** Everything that determines the bytes of a derivative. */
export interface DerivativeIdentity {
  readonly image: DerivativeSource & Pick<StoredImage, "generation">;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
  /** The version of each step's transform, with a digest of its plugin's settings if there are any. */
  readonly versions: readonly (number | string)[];
  /** The fingerprint of the encoders. */
  readonly fingerprint: string;
}

/**
 * Returns the key of a derivative: 32 characters of its source, a hyphen and 64 hexadecimal digits of everything else. One key stands for
 * one byte string. It begins with the source so that all derivatives of an image can be found and deleted together. Owners share no keys.
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
    ...(image.owner === "" ? [] : [image.owner]),
  ]);
  const hash = new Bun.CryptoHasher("sha256")
    .update(image.sha256)
    .update("\n")
    .update(canonical)
    .digest("hex");
  return `${sourceOf(image)}-${hash}`;
}

/**
 * Returns the source of an image's derivatives, with which all their keys begin: 32 hexadecimal digits of its SHA-256. For owners other
 * than the first one it is 20 of them and the owner's tag.
 */
export function sourceOf({ owner, sha256 }: DerivativeSource): string {
  if (owner === "") return sha256.slice(0, SOURCE_CHARACTERS);
  return sha256.slice(0, TAGGED_DIGITS) + ownerTag(owner);
}

/** Returns the source of a derivative by its key. */
export function sourceOfKey(key: string): string {
  return key.slice(0, SOURCE_CHARACTERS);
}

/** Returns the digits of the SHA-256 in a source. */
export function digitsOfSource(source: string): string {
  return isTagged(source) ? source.slice(0, TAGGED_DIGITS) : source;
}

/** Returns whether a derivative, given by its key, belongs to an owner. */
export function isKeyOfOwner(key: string, owner: string): boolean {
  if (owner === "") return !isTagged(key);
  return key.slice(TAGGED_DIGITS, SOURCE_CHARACTERS) === ownerTag(owner);
}

/** Returns whether a text has the form of a key of a derivative. */
export function isDerivativeKey(text: string): boolean {
  return KEY_REGEXP.test(text);
}

function isTagged(keyOrSource: string): boolean {
  return keyOrSource[TAGGED_DIGITS] === "t";
}
