import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { createTarDecoder } from "modern-tar";
import { isProgImageError } from "../error.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  baseName,
  brokenArchive,
  isWanted,
  largeArchive,
} from "./archive_entry.ts";
import { UnpackedBytes } from "./unpacked_bytes.ts";

/** Options for {@linkcode tarEntries}. */
export interface TarEntriesOptions extends ArchiveLimits {
  /** Whether it is compressed by gzip. */
  readonly isGzip: boolean;
}

/**
 * Gives the files of a tar as they arrive; memory stays flat whatever their size. Folders, links and devices are passed over.
 *
 * @throws {ProgImageError} `invalid_request` for what is no tar, or not to its end; `too_large`; and whatever the body throws
 */
export async function* tarEntries(
  body: AsyncIterable<Uint8Array>,
  options: TarEntriesOptions,
): AsyncGenerator<ArchiveEntry> {
  const decoder = createTarDecoder({ strict: true });
  const pumped = pump(options.isGzip ? gunzip(body, options) : body, decoder.writable);
  const entries = decoder.readable.getReader();
  let count = 0;
  try {
    for (;;) {
      const { done, value } = await entries.read();
      if (done) return;
      if (++count > options.archiveEntries) throw largeArchive(options.archiveEntries, "entries");
      const { header, body: bytes } = value;
      if (header.type !== "file" || !isWanted(header.name)) await bytes.cancel();
      else yield { name: baseName(header.name), open: async () => readable(bytes), skip: () => skip(bytes) };
    }
  } catch (error) {
    throw tarError(error);
  } finally {
    // Whoever stops early must not leave a body behind that waits to be read.
    await entries.cancel().catch(() => {});
    await pumped;
  }
}

async function* readable(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of bytes) yield chunk;
  } catch (error) {
    throw tarError(error);
  }
}

function tarError(error: unknown): unknown {
  return isProgImageError(error) ? error : brokenArchive("it is no tar, or a broken one", error);
}

/** What reads the other end hears of every failure. */
async function pump(bytes: AsyncIterable<Uint8Array>, writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  try {
    for await (const chunk of bytes) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  }
}

/** Inflates in small pieces, each only once the one before is wanted no more: a bomb is found out before it has a size. */
async function* gunzip(
  body: AsyncIterable<Uint8Array>,
  limits: ArchiveLimits,
): AsyncGenerator<Uint8Array, void> {
  const inflater = createGunzip();
  const unpacked = new UnpackedBytes(limits);
  let sent = 0;
  const feed = async () => {
    for await (const chunk of body) {
      sent += chunk.length;
      if (!inflater.write(chunk)) await once(inflater, "drain");
    }
    inflater.end();
  };
  const fed = feed().catch((error: Error) => void inflater.destroy(error));
  try {
    for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
      unpacked.add(chunk.length, sent);
      yield chunk;
    }
  } catch (error) {
    const isZlib = String((error as { code?: unknown }).code).startsWith("Z_");
    throw isZlib ? brokenArchive("it is not compressed by gzip, or broken", error) : error;
  } finally {
    inflater.destroy();
    await fed;
  }
}

async function skip(bytes: ReadableStream<Uint8Array>): Promise<void> {
  if (!bytes.locked) await bytes.cancel().catch(() => {});
}
