import { brokenArchive, emptyEntry } from "./archive_entry.ts";
import type { ByteReader } from "./byte_reader.ts";
import { TAR_BLOCK_BYTES } from "./tar_header.ts";

/** The content of a member of a tar. The caller reads or skips it before it reads the next header. */
export class TarContent {
  readonly #reader: ByteReader;
  readonly #size: number;
  #left: number;
  #padding: number;

  constructor(reader: ByteReader, size: number) {
    this.#reader = reader;
    this.#size = size;
    this.#left = size;
    this.#padding = -size & (TAR_BLOCK_BYTES - 1);
  }

  /** Returns its bytes as they arrive. @throws {ProgImageError} `invalid_request` if it is empty */
  open(): AsyncIterable<Uint8Array> {
    if (this.#size === 0) throw emptyEntry();
    return this.#pieces();
  }

  /** Returns all bytes of a small member. */
  async bytes(): Promise<Uint8Array> {
    const bytes = await this.#reader.take(this.#left);
    if (!bytes) throw endsEarly();
    this.#left = 0;
    await this.skip();
    return bytes;
  }

  /** Skips the bytes that have not been read. */
  async skip(): Promise<void> {
    while (this.#left + this.#padding > 0) {
      const piece = await this.#reader.some(this.#left + this.#padding);
      if (!piece) throw endsEarly();
      const ofContent = Math.min(piece.length, this.#left);
      this.#left -= ofContent;
      this.#padding -= piece.length - ofContent;
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void> {
    while (this.#left > 0) {
      const piece = await this.#reader.some(this.#left);
      if (!piece) throw endsEarly();
      this.#left -= piece.length;
      yield piece;
    }
  }
}

function endsEarly() {
  return brokenArchive("it ends too early");
}
