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
  /** Whether it is compressed by gzip. */
  readonly isGzip: boolean;
}

/** Metadata of one member: paths and attributes of its file have room in it. */
const MAX_METADATA_BYTES = 1_048_576;

/** How many headers are read in one go while others wait for their turn. */
const HEADERS_AT_A_TIME = 64;

const FILE_TYPE_REGEXP = /^[07]$/;

/**
 * Gives the files of a tar as they arrive; memory stays flat whatever their size. Folders, links and devices are passed over.
 *
 * A reader of our own: libraries hold the event loop up for seconds over metadata that is made for it, and count none of it.
 *
 * @throws {ProgImageError} `invalid_request` for what is no tar, or not to its end; `too_large`; and whatever the body throws
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

/** The headers of the members of a tar, each once the content of the one before was read. */
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

  /** Returns the next one with what metadata says of it, or `null` after the last. @throws as {@linkcode tarEntries} does */
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
