import type { ParamValue } from "../transform/recipe/recipe.ts";
import type { Probe } from "./probe.ts";

/** A point of interest: fractions of width and height, from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** The attributes that a caller can set and change. */
export interface ImageAttributes {
  /** `null` if it is unknown. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, ParamValue>>;
  readonly focalPoint: FocalPoint | null;
  /** Whether only callers with a right to read private images get it. An image that becomes private starts a new generation. */
  readonly private: boolean;
  /** In milliseconds since 1970. After this time the image is not found; `null` keeps it forever. */
  readonly expiresAt: number | null;
}

/** Attributes in a request, where the expiry may be relative. */
export interface SaidAttributes extends Partial<ImageAttributes> {
  /** Seconds from now, an alternative to `expiresAt`. */
  readonly expiresIn?: number;
}

/** An attribute that the images of an archive or a job can share. The name is not one of them. */
export type SharedAttribute = Exclude<keyof ImageAttributes, "name">;

/** Attributes for many images at once. */
export type SharedAttributes = Partial<Pick<ImageAttributes, SharedAttribute>>;

/** Attributes for many images in a request. */
export type SaidSharedAttributes = Omit<SaidAttributes, "name">;

/** An image of the repository. */
export interface Image extends Probe, ImageAttributes {
  readonly id: string;
  /** The tenant that it belongs to; empty for the first one. */
  readonly owner: string;
  readonly bytes: number;
  /** The SHA-256 of the original bytes in 64 hexadecimal digits. */
  readonly sha256: string;
  /** Incremented whenever an attribute changes. */
  readonly revision: number;
  /** The time of the last purge, or of becoming private, in milliseconds since 1970; 0 if there was none. Derivatives of earlier generations are not used. */
  readonly generation: number;
  /** The caller's key for the upload. For a day, a repeated upload with it makes no second image. */
  readonly idempotencyKey: string | null;
  /** A hash of the request that used the key, which a repetition must match; `null` if only the bytes must match. */
  readonly idempotencyRequest: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An image with the facts about its bytes. */
export interface StoredImage extends Image {
  readonly blobKey: string;
  /** Whether its bytes are known to be missing or corrupt. */
  readonly isDamaged: boolean;
}

/** An image that was deleted and can be restored. */
export interface DeletedImage extends Image {
  /** In milliseconds since 1970. */
  readonly deletedAt: number;
}
