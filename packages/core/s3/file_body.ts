import { open } from "node:fs/promises";
import { BucketOutage } from "./bucket_error.ts";
import type { Patience } from "./patience.ts";

/** The bytes of a file as the body of a request. */
export interface FileBody {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes that are hashed without a pause for others. */
const HASHED_BYTES = 262_144;

/** Smaller files are read at once. */
const SMALL_BYTES = 1_048_576;

/** Gives so many bytes of a file as a body that S3 checks: by its length and its MD5. Each part that moves is a sign of life. */
export async function fileBody(path: string, bytes: number, patience: Patience): Promise<FileBody> {
  const file = Bun.file(path).slice(0, bytes);
  if (bytes <= SMALL_BYTES) {
    const body = await file.bytes();
    if (body.length !== bytes) throw fileChanged(bytes, body.length);
    return { body, headers: headersOf(bytes, new Bun.CryptoHasher("md5").update(body)) };
  }
  return {
    body: progressing(file.stream(), patience),
    headers: headersOf(bytes, await hashFile(path, bytes)),
  };
}

/** Hashes a file through one buffer: chunks of a stream would be left to the garbage collector by the hundred megabytes. */
async function hashFile(path: string, bytes: number): Promise<Bun.CryptoHasher> {
  const hasher = new Bun.CryptoHasher("md5");
  const buffer = new Uint8Array(HASHED_BYTES);
  await using file = await open(path);
  for (let position = 0; position < bytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(HASHED_BYTES, bytes - position), position);
    if (bytesRead === 0) throw fileChanged(bytes, position);
    hasher.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hasher;
}

function headersOf(bytes: number, md5: Bun.CryptoHasher): Readonly<Record<string, string>> {
  return { "content-length": String(bytes), "content-md5": md5.digest("base64") };
}

function progressing(stream: ReadableStream<Uint8Array>, patience: Patience): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      patience.moved(value.length);
      controller.enqueue(value);
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  });
}

function fileChanged(expected: number, found: number): BucketOutage {
  return new BucketOutage(`The file to store must have ${expected} bytes: it has ${found}`);
}
