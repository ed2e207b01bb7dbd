import type { CallOptions } from "../connection/connection.ts";
import type { JsonValue } from "../json_value.ts";
import type { JobAttributes } from "../shapes.ts";

/** The tags to add and to remove. All other tags stay, including those that other calls add at the same time. */
export interface TagChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** Attributes that a patch replaces as a whole. `null` sets them back. */
type Replaced = {
  readonly [Name in keyof JobAttributes as Exclude<Name, "expiresAt" | "metadata" | "tags">]?:
    JobAttributes[Name] | null;
};

/** The changes to an image. Absent members stay as they are. @see https://www.rfc-editor.org/rfc/rfc7396 */
export interface ImagePatch extends Replaced {
  /** The new name; `null` removes it. */
  readonly name?: string | null;
  /** All tags; or the tags to add and to remove, independent of the others. `null` removes all. */
  readonly tags?: readonly string[] | TagChange | null;
  /** Merged into the existing metadata; `null` removes a key, or in place of the object all of them. */
  readonly metadata?: Readonly<Record<string, JsonValue>> | null;
  /** `null` keeps the image forever. */
  readonly expiresAt?: Date | string | null;
  /** Instead of `expiresAt`: whole seconds from now, by the server's clock. */
  readonly expiresIn?: number;
}

/** Options for {@linkcode Images.update}. */
export interface UpdateOptions extends CallOptions {
  /** The `etag` of the image when it was read: if the image has changed since, it is not updated. */
  readonly ifMatch?: string;
}
