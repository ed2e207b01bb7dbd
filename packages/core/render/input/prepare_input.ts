import type { ImageFile } from "../renderer.ts";
import { endsProperly } from "./jpeg_end.ts";
import { withTransparency } from "./gif_transparency.ts";

/** A file as the decoder gets it. */
export interface PreparedInput {
  /** Its path, or its bytes if they had to be changed. */
  readonly input: string | Buffer;
  /** The facts that differ from those of the file's header. */
  readonly changed: ChangedHeader;
  /** `none` if the decoder must not fail because the mark of the end is missing. A probe has found all pixels. */
  readonly failOn?: "none";
}

/** Facts of a header that changed with the bytes. */
export interface ChangedHeader {
  readonly hasAlpha?: boolean;
}

/**
 * Prepares a file for the decoder, which ignores some properties of it. Most files are decoded as they are. Blocks while it reads.
 */
export async function prepareInput({ path, format }: ImageFile): Promise<PreparedInput> {
  if (format === "gif") {
    const gif = withTransparency(path);
    if (gif) return { input: gif, changed: { hasAlpha: true } };
  }
  if (format === "jpeg" && !endsProperly(path)) return { input: path, changed: {}, failOn: "none" };
  return { input: path, changed: {} };
}
