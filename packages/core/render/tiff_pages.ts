import { closeSync, openSync, readSync } from "node:fs";

/** The layout of a TIFF, which its first four bytes determine. @see https://www.awaresystems.be/imaging/tiff/bigtiff.html */
interface Layout {
  readonly isLittleEndian: boolean;
  /** Where the offset of the first page is. */
  readonly start: number;
  readonly offsetBytes: 4 | 8;
  readonly countBytes: 2 | 8;
  readonly entryBytes: 12 | 20;
}

const CLASSIC = { start: 4, offsetBytes: 4, countBytes: 2, entryBytes: 12 } as const;
const BIG = { start: 8, offsetBytes: 8, countBytes: 8, entryBytes: 20 } as const;

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "49492a00": { isLittleEndian: true, ...CLASSIC },
  "4d4d002a": { isLittleEndian: false, ...CLASSIC },
  "49492b00": { isLittleEndian: true, ...BIG },
  "4d4d002b": { isLittleEndian: false, ...BIG },
};

/**
 * Returns the number of pages of a TIFF by following the chain of their directories; 0 if the file is no TIFF. Stops after the first page
 * beyond `most`, so that an endless chain takes no longer.
 */
export function countTiffPages(path: string, most: number): number {
  const file = openSync(path, "r");
  try {
    const layout = LAYOUTS[readBytes(file, 0, 4)?.toString("hex") ?? ""];
    if (!layout) return 0;
    let pages = 0;
    let at = readNumber(file, layout.start, layout.offsetBytes, layout);
    while (at && pages <= most) {
      pages++;
      const entries = readNumber(file, at, layout.countBytes, layout);
      if (entries === null) break;
      const next = at + layout.countBytes + entries * layout.entryBytes;
      at = readNumber(file, next, layout.offsetBytes, layout);
    }
    return pages;
  } finally {
    closeSync(file);
  }
}

/** Reads an unsigned number from a file. Returns `null` if it lies beyond the end. */
function readNumber(file: number, at: number, length: 2 | 4 | 8, { isLittleEndian }: Layout): number | null {
  const bytes = readBytes(file, at, length);
  if (!bytes) return null;
  if (length === 8) return Number(isLittleEndian ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE());
  return isLittleEndian ? bytes.readUIntLE(0, length) : bytes.readUIntBE(0, length);
}

function readBytes(file: number, at: number, length: number): Buffer | null {
  if (!Number.isSafeInteger(at)) return null;
  const bytes = Buffer.alloc(length);
  return readSync(file, bytes, 0, length, at) === length ? bytes : null;
}
