import type { SourceFormat } from "./image.ts";

/** The orders of a list. */
export type ImageOrder = "createdAt" | "updatedAt" | "name" | "bytes";

/** The filters of lists, jobs and selections. Texts of times are ISO 8601. */
export interface ImageFilter {
  readonly format?: SourceFormat;
  /** Only images with this tag, or with all of these: at most 4. */
  readonly tag?: string | readonly string[];
  readonly sha256?: string;
  /** Only images with these values in their metadata. The server's operator must have declared the keys. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The beginning of the name. Requires the order by name. */
  readonly namePrefix?: string;
  /** Created at this time or later. */
  readonly createdFrom?: Date | string;
  /** Created before this time. */
  readonly createdBefore?: Date | string;
  /** Changed or created at this time or later. Requires the order by changes. */
  readonly updatedFrom?: Date | string;
}
