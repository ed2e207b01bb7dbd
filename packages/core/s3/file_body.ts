import { hashFile } from "../blob/hash_file.ts";
import { BucketOutage } from "./bucket_error.ts";
import type { RequestDeadline } from "./request_deadline.ts";

/** The bytes of a file as the body of a request. */
export interface FileBody {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Smaller files are read into memory. */
const SMALL_BYTES = 1_048_576;

/** Returns the first bytes of a file as a body that S3 verifies by its length and MD5. Each sent part counts as progress. */
export async function fileBody(path: string, bytes: number, deadline: RequestDeadline): Promise<FileBody> {
  const file = Bun.file(path).slice(0, bytes);
  if (bytes <= SMALL_BYTES) {
    const body = await file.bytes();
    if (body.length !== bytes) throw fileChanged(bytes, body.length);
    return { body, headers: headersOf(bytes, new Bun.CryptoHasher("md5").update(body)) };
  }
  return {
    body: progressing(file.stream(), deadline),
    headers: headersOf(bytes, await hashWhole(path, bytes)),
  };
}

async function hashWhole(path: string, bytes: number): Promise<Bun.CryptoHasher> {
  const hashed = await hashFile(path, "md5", bytes);
  if (hashed.bytes !== bytes) throw fileChanged(bytes, hashed.bytes);
  return hashed.hasher;
}

function headersOf(bytes: number, md5: Bun.CryptoHasher): Readonly<Record<string, string>> {
  return { "content-length": String(bytes), "content-md5": md5.digest("base64") };
}

function progressing(
  stream: ReadableStream<Uint8Array>,
  deadline: RequestDeadline,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      deadline.moved(value.length);
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
