// Generated from the transforms' declarations: bun run docs writes it.

/** A format that ProgImage reads. */
export type SourceFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";

/** A format that ProgImage writes. */
export type OutputFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff";
