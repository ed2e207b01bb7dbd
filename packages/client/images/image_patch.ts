import type { CallOptions } from "../connection/connection.ts";
import type { FocalPoint } from "./image.ts";
import type { JsonValue } from "../json_value.ts";

/** Which tags to add and remove. Others stay, also those that other calls add at the same time. */
export interface TagChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** The changes to an image: absent members stay. @see https://www.rfc-editor.org/rfc/rfc7396 */
export interface ImagePatch {
  /** `null` if it is unknown. */
  readonly name?: string | null;
  /** All of them; or which to add and remove, whatever else there is. `null` removes all. */
  readonly tags?: readonly string[] | TagChange | null;
  /** Merged into what is there; `null` removes a key, and instead of the object everything. */
  readonly metadata?: Readonly<Record<string, JsonValue>> | null;
  readonly focalPoint?: FocalPoint | null;
  /** `null` keeps the image forever. */
  readonly expiresAt?: Date | string | null;
  /** Instead of `expiresAt`: whole seconds from now, by the server's clock. */
  readonly expiresIn?: number;
}

/** Options for {@linkcode Images.update}. */
export interface UpdateOptions extends CallOptions {
  /** The `etag` of the image as it was read: if the image has changed since, nothing happens. */
  readonly ifMatch?: string;
}
