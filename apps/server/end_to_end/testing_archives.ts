import { crc32, deflateRawSync } from "node:zlib";
import { packTar } from "modern-tar";

/** A file for an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Packs files as a tar. */
export async function tarOf(files: readonly ArchivedFile[]): Promise<Uint8Array<ArrayBuffer>> {
  return await packTar(
    files.map(({ name, bytes }) => ({ header: { name, size: bytes.length, type: "file" }, body: bytes })),
  );
}

/** A zip entry, whose fields may be wrong on purpose. */
export interface ZippedFile extends ArchivedFile {
  /** The name in the archive. @default {the name in UTF-8} */
  readonly rawName?: Uint8Array;
  /** @default {0x0800, for UTF-8} */
  readonly flags?: number;
  /** 0 for stored, 8 for deflated. @default {0} */
  readonly method?: number;
  /** @default {the true one} */
  readonly checksum?: number;
  /** @default {the true one} */
  readonly size?: number;
  /** The Unix file mode. @default {0} */
  readonly mode?: number;
  /** Whether it shares the bytes of the file before it. */
  readonly isShared?: boolean;
}

/** Writes a zip by hand, with any errors of its entries. @see APPNOTE.TXT, 4.3 */
export function zipOf(files: readonly ZippedFile[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  let last = 0;
  for (const file of files) {
    const { name, bytes, rawName = Buffer.from(name), flags = 0x0800, method = 0, mode = 0 } = file;
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const { checksum = crc32(bytes), size = bytes.length } = file;
    const shared = fields([
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, checksum],
      [4, packed.length],
      [4, size],
      [2, rawName.length],
      [2, 0],
    ]);
    if (!file.isShared) {
      last = offset;
      const local = [fields([[4, 0x04034b50]]), shared, rawName, packed];
      parts.push(...local);
      offset += local.reduce((sum, { length }) => sum + length, 0);
    }
    const rest = fields([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, mode * 65_536],
      [4, last],
    ]);
    directory.push(
      fields([
        [4, 0x02014b50],
        [2, 0x0314],
      ]),
      shared,
      rest,
      rawName,
    );
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const end = fields([
    [4, 0x06054b50],
    [4, 0],
    [2, files.length],
    [2, files.length],
    [4, directoryBytes],
    [4, offset],
    [2, 0],
  ]);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}

/** Returns little-endian numbers, with the width of each in bytes. */
function fields(values: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  const written = values.map(([bytes, value]) => {
    const field = Buffer.alloc(bytes);
    field.writeUIntLE(value, 0, bytes);
    return field;
  });
  return Buffer.concat(written);
}
