/** The EXIF tags that are read or written here. @see https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf */
const ORIENTATION = 0x0112;
const ARTIST = 0x013b;
const COPYRIGHT = 0x8298;

const PREFIX = Buffer.from("Exif\0\0", "latin1");
const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
/** Values up to this length are stored in the entry itself. */
const INLINE_BYTES = 4;
const ASCII = 2;
const SHORT = 3;
const MOST_TEXT_BYTES = 4096;

/** Returns EXIF with only the artist and the copyright of another, or `null` if it has neither. */
export function copyrightExif(exif: Buffer): Buffer | null {
  const directory = readDirectory(exif);
  const texts = [ARTIST, COPYRIGHT].flatMap((tag) => {
    const text = directory && textOf(directory, tag);
    return text ? [{ tag, text }] : [];
  });
  return texts.length === 0 ? null : writeTexts(texts);
}

/**
 * Returns a copy of EXIF without the data that computing pixels makes outdated: the orientation if it was applied, and the thumbnail.
 * Returns `null` if the EXIF cannot be read.
 */
export function upToDateExif(exif: Buffer, { isTurned }: { readonly isTurned: boolean }): Buffer | null {
  const directory = readDirectory(exif);
  if (!directory) return null;
  const tiff = Buffer.from(directory.tiff);
  for (const { tag, type, at } of directory.entries) {
    if (isTurned && tag === ORIENTATION && type === SHORT)
      writerOf(tiff, directory.isLittle).short(1, at + 8);
  }
  // The second directory holds the thumbnail.
  tiff.fill(0, directory.end, directory.end + 4);
  return tiff;
}

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** The offset of its first byte. */
  readonly at: number;
}

interface Directory {
  /** The bytes without the prefix. */
  readonly tiff: Buffer;
  readonly isLittle: boolean;
  readonly entries: readonly Entry[];
  /** Where the offset of the next directory is stored. */
  readonly end: number;
}

/** Reads the first directory. The input is untrusted: any inconsistency returns `null`. */
function readDirectory(exif: Buffer): Directory | null {
  const tiff = exif.subarray(0, PREFIX.length).equals(PREFIX) ? exif.subarray(PREFIX.length) : exif;
  if (tiff.length < HEADER_BYTES) return null;
  const order = tiff.toString("latin1", 0, 2);
  if (order !== "II" && order !== "MM") return null;
  const isLittle = order === "II";
  const { short, long } = readerOf(tiff, isLittle);
  const start = long(4);
  if (start + 2 > tiff.length) return null;
  const count = short(start);
  const end = start + 2 + count * ENTRY_BYTES;
  if (end + 4 > tiff.length) return null;
  const entries = Array.from({ length: count }, (_, index) => {
    const at = start + 2 + index * ENTRY_BYTES;
    return { tag: short(at), type: short(at + 2), count: long(at + 4), at };
  });
  return { tiff, isLittle, entries, end };
}

function textOf({ tiff, isLittle, entries }: Directory, wanted: number): Buffer | null {
  const entry = entries.find(({ tag, type }) => tag === wanted && type === ASCII);
  if (!entry || entry.count > MOST_TEXT_BYTES) return null;
  const at = entry.count <= INLINE_BYTES ? entry.at + 8 : readerOf(tiff, isLittle).long(entry.at + 8);
  if (at + entry.count > tiff.length) return null;
  const text = tiff.subarray(at, at + entry.count);
  const isEmpty = text.toString("latin1").replaceAll("\0", "").trim() === "";
  return isEmpty ? null : text;
}

function writeTexts(texts: readonly { readonly tag: number; readonly text: Buffer }[]): Buffer {
  const directoryBytes = 2 + texts.length * ENTRY_BYTES + 4;
  const head = Buffer.alloc(HEADER_BYTES + directoryBytes);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(HEADER_BYTES, 4);
  head.writeUInt16LE(texts.length, HEADER_BYTES);
  const values: Buffer[] = [];
  let offset = head.length;
  for (const [index, { tag, text }] of texts.entries()) {
    const at = HEADER_BYTES + 2 + index * ENTRY_BYTES;
    // Padded with zeros to more than the inline size, so that no value is stored in its entry.
    const value = Buffer.alloc(Math.max(text.length + (text.length % 2), INLINE_BYTES + 2));
    text.copy(value);
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(ASCII, at + 2);
    head.writeUInt32LE(value.length, at + 4);
    head.writeUInt32LE(offset, at + 8);
    values.push(value);
    offset += value.length;
  }
  return Buffer.concat([head, ...values]);
}

function readerOf(bytes: Buffer, isLittle: boolean) {
  return {
    short: (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    long: (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
  };
}

function writerOf(bytes: Buffer, isLittle: boolean) {
  return {
    short: (value: number, at: number) =>
      isLittle ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at),
  };
}
