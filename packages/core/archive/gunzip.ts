import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { type ArchiveLimits, brokenArchive } from "./archive_entry.ts";
import type { SentBytes } from "./sent_bytes.ts";
import { UnpackedBytes } from "./unpacked_bytes.ts";

/** Inflates in small pieces, each on demand, so that a decompression bomb is detected before it uses memory. */
export async function* gunzip(
  body: SentBytes,
  limits: Pick<ArchiveLimits, "unpackedBytes" | "unpackedRatio">,
): AsyncGenerator<Uint8Array, void> {
  const inflater = createGunzip();
  const unpacked = new UnpackedBytes(limits);
  const feed = async () => {
    for await (const chunk of body) if (!inflater.write(chunk)) await once(inflater, "drain");
    inflater.end();
  };
  const fed = feed().catch((error: Error) => void inflater.destroy(error));
  try {
    for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
      unpacked.add(chunk.length, body.bytes);
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
