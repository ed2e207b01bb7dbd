import { setImmediate } from "node:timers/promises";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  baseName,
  brokenArchive,
  isWanted,
  largeArchive,
} from "./archive_entry.ts";
import { ByteReader } from "./byte_reader.ts";
import { EntryBudget } from "./entry_budget.ts";
import { gunzip } from "./gunzip.ts";
import { SentBytes } from "./sent_bytes.ts";
import { TarContent } from "./tar_content.ts";
import { isZeroBlock, readTarHeader, TAR_BLOCK_BYTES, type TarHeader } from "./tar_header.ts";
import { isTarMetadata, readTarMetadata, type TarMetadata } from "./tar_metadata.ts";

/** Options for {@linkcode tarEntries}. */
export interface TarEntriesOptions extends ArchiveLimits {
  /** Whether the archive is compressed with gzip. */
  readonly isGzip: boolean;
}

/** The limit on the metadata of one member. It leaves room for paths and attributes. */
const MAX_METADATA_BYTES = 1_048_576;

/** The number of headers that are read before other tasks get a turn. */
const HEADERS_AT_A_TIME = 64;

const FILE_TYPE_REGEXP = /^[07]$/;

/**
 * Yields the files of a tar as they arrive, and skips folders, links and devices. Memory does not grow with the size of the files.
 *
 * This is our own reader because libraries block the event loop for seconds on crafted metadata, and do not count it.
 *
 * @throws {ProgImageError} `invalid_request` if it is not a tar or is incomplete, `too_large`, and any error of the body
 */
export async function* tarEntries(
  body: AsyncIterable<Uint8Array>,
  options: TarEntriesOptions,
): AsyncGenerator<ArchiveEntry> {
  const sent = new SentBytes(body);
  const reader = new ByteReader(options.isGzip ? gunzip(sent, options) : sent);
  const members = new TarMembers(reader, new EntryBudget(options), sent);
  try {
    for (let header = await members.next(); header; header = await members.next()) {
      const content = new TarContent(reader, header.size);
      if (FILE_TYPE_REGEXP.test(header.type) && isWanted(header.path))
        yield { name: baseName(header.path), open: async () => content.open(), skip: () => content.skip() };
      await content.skip();
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** Reads the headers of a tar's members. The content of each member is read before the next header. */
class TarMembers {
  readonly #reader: ByteReader;
  readonly #budget: EntryBudget;
  readonly #sent: SentBytes;
  #headers = 0;

  constructor(reader: ByteReader, budget: EntryBudget, sent: SentBytes) {
    this.#reader = reader;
    this.#budget = budget;
    this.#sent = sent;
  }

  /** Returns the next header, merged with its metadata, or `null` after the last one. @throws as {@linkcode tarEntries} does */
  async next(): Promise<TarHeader | null> {
    const metadata: TarMetadata = {};
    for (;;) {
      const block = await this.#block();
      if (isZeroBlock(block)) {
        if (isZeroBlock(await this.#block())) return null;
        throw brokenArchive("it is no tar, or a broken one");
      }
      const header = readTarHeader(block);
      if (++this.#headers % HEADERS_AT_A_TIME === 0) await setImmediate();
      if (!isTarMetadata(header.type)) {
        this.#budget.add(1, this.#sent.bytes);
        return { ...header, ...metadata };
      }
      this.#budget.addHeaders(1, this.#sent.bytes);
      Object.assign(metadata, await this.#metadata(header));
    }
  }

  async #metadata({ type, size }: TarHeader): Promise<TarMetadata> {
    if (size > MAX_METADATA_BYTES) throw largeArchive(MAX_METADATA_BYTES, "bytes of metadata for an entry");
    const content = new TarContent(this.#reader, size);
    return readTarMetadata(type, await content.bytes());
  }

  async #block(): Promise<Uint8Array> {
    const block = await this.#reader.take(TAR_BLOCK_BYTES);
    if (!block) throw brokenArchive("it is no tar, or it ends too early");
    return block;
  }
}
