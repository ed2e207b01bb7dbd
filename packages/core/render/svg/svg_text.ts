import { gunzipSync } from "node:zlib";

const GZIP_REGEXP = /^\x1f\x8b/;
const MARKUP_REGEXP = /^(?:\xef\xbb\xbf)?\s*</;
/** With a byte order mark, or from the first bytes, as parsers of XML do. */
const LITTLE_ENDIAN_REGEXP = /^(?:\xff\xfe|<\x00)/;
const BIG_ENDIAN_REGEXP = /^(?:\xfe\xff|\x00<)/;
const SNIFFED_BYTES = 1_024;

/**
 * Returns the text of a file that is XML, unpacked if it is compressed; `null` for any other. Bytes become the characters of their
 * values, unless there are two for each.
 *
 * @param most bytes that it may have unpacked
 * @throws {RangeError} if it has more
 */
export function svgText(file: Buffer, most: number): string | null {
  try {
    return textOf(
      GZIP_REGEXP.test(file.toString("latin1", 0, 2)) ? gunzipSync(file, { maxOutputLength: most }) : file,
    );
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // It is broken: decoders give up as well.
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
