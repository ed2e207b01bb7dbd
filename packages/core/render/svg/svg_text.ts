import { gunzipSync } from "node:zlib";

const GZIP_REGEXP = /^\x1f\x8b/;
const MARKUP_REGEXP = /^(?:\xef\xbb\xbf)?\s*</;
/** A byte order mark, or the encoding of `<`, as XML parsers detect it. */
const LITTLE_ENDIAN_REGEXP = /^(?:\xff\xfe|<\x00)/;
const BIG_ENDIAN_REGEXP = /^(?:\xfe\xff|\x00<)/;
const SNIFFED_BYTES = 1_024;

/**
 * Returns the text of an XML file, decompressed if necessary; `null` for any other file. Unless it is UTF-16, each byte becomes one
 * character.
 *
 * @param most the most bytes that it may have when decompressed
 * @throws {RangeError} if it has more
 */
export function svgText(file: Buffer, most: number): string | null {
  try {
    return textOf(
      GZIP_REGEXP.test(file.toString("latin1", 0, 2)) ? gunzipSync(file, { maxOutputLength: most }) : file,
    );
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // The file is broken, so decoders reject it as well.
    return null;
  }
}

function textOf(file: Buffer): string | null {
  const beginning = file.toString("latin1", 0, SNIFFED_BYTES);
  if (LITTLE_ENDIAN_REGEXP.test(beginning)) return file.toString("utf16le");
  if (BIG_ENDIAN_REGEXP.test(beginning))
    return Buffer.from(file.subarray(0, file.length & ~1))
      .swap16()
      .toString("utf16le");
  return MARKUP_REGEXP.test(beginning) ? file.toString("latin1") : null;
}
