import type { ParamValue } from "../transform/recipe/recipe.ts";
import type { Probe } from "./probe.ts";

/** A point of interest: fractions of width and height from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** What a caller may say of an image, and change later. */
export interface ImageAttributes {
  /** `null` if it is unknown. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, ParamValue>>;
  readonly focalPoint: FocalPoint | null;
  /** In milliseconds since 1970; from then on the image is not found. `null` keeps it for ever. */
  readonly expiresAt: number | null;
}

/** Attributes as a caller says them: a time from now is still one. */
export interface SaidAttributes extends Partial<ImageAttributes> {
  /** Instead of `expiresAt`, in seconds. */
  readonly expiresIn?: number;
}

/** An attribute that the images of an archive or a job can have in common. Each has a name of its own. */
export type SharedAttribute = Exclude<keyof ImageAttributes, "name">;

/** What was said of many images at once. */
export type SharedAttributes = Partial<Pick<ImageAttributes, SharedAttribute>>;

/** The same as a caller says it. */
export type SaidSharedAttributes = Omit<SaidAttributes, "name">;

/** An image of the repository. */
export interface Image extends Probe, ImageAttributes {
  readonly id: string;
  /** Whose image it is. Empty: there are no tenants yet. */
  readonly owner: string;
  readonly bytes: number;
  /** SHA-256 of the original bytes in 64 hexadecimal digits. */
  readonly sha256: string;
  /** Raised whenever an attribute changes. */
  readonly revision: number;
  /** When its renders were last purged, in milliseconds since 1970; 0 if never. Those of earlier generations are not used any more. */
  readonly generation: number;
  /** What the caller has named the upload, so that another try does not make another image. For a day. */
  readonly idempotencyKey: string | null;
  /** A hash of the request that brought the key, which the same key must come with again; `null` if only its bytes count. */
  readonly idempotencyRequest: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An image together with where its bytes are. */
export interface StoredImage extends Image {
  readonly blobKey: string;
  /** Whether its bytes are known to be missing, or others than its digest says. */
  readonly isDamaged: boolean;
}

/** An image that was deleted and can be restored. */
export interface DeletedImage extends Image {
  /** In milliseconds since 1970. */
  readonly deletedAt: number;
}
