import type { FocalPoint } from "./image.ts";
import type { IdempotentOptions, ImageDescription } from "./upload.ts";

/** What to say of a result that is stored as an image. Seconds until it expires count by the clock of this computer. */
export interface SaveAttributes extends ImageDescription {
  /** @default {the name of the source, with the extension of the result} */
  readonly name?: string;
  readonly focalPoint?: FocalPoint;
}

/** Options for {@linkcode ImageProcess.save}. */
export interface SaveOptions extends IdempotentOptions, SaveAttributes {}

/** Writes what is said of a result as the server's JSON. */
export function jsonAttributes(attributes: SaveAttributes): Readonly<Record<string, unknown>> {
  const { name, tags, metadata, focalPoint, expires } = attributes;
  const time = typeof expires === "number" ? new Date(Date.now() + expires * 1000) : expires;
  return { name, tags, metadata, focalPoint, expiresAt: time?.toISOString() };
}
