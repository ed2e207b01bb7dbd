import type { RemoteContent } from "../blob/blob_store.ts";
import type { Bucket } from "./bucket.ts";
import { bytesMissing } from "./bucket_error.ts";

/** What is longer is sent at the pace of whoever reads it, and must not keep the rest waiting. */
const SHORT_BYTES = 1_048_576;

interface Part {
  readonly start: number;
  readonly end: number;
}

/** The bytes of an object of S3, or a part of them, asked for when they are read. */
export class StoredObject implements RemoteContent {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #total: number;
  readonly #part: Part;

  constructor(bucket: Bucket, key: string, total: number, part: Part = { start: 0, end: total }) {
    this.#bucket = bucket;
    this.#key = key;
    this.#total = total;
    this.#part = part;
  }

  get size(): number {
    return this.#part.end - this.#part.start;
  }

  slice(start: number, end: number): StoredObject {
    const within = (offset: number) => Math.min(Math.max(0, offset), this.size);
    const part = { start: this.#part.start + within(start), end: this.#part.start + within(end) };
    return new StoredObject(this.#bucket, this.#key, this.#total, {
      ...part,
      end: Math.max(part.start, part.end),
    });
  }

  async begin({ signal }: { readonly signal?: AbortSignal } = {}) {
    if (this.size === 0) return new Blob([]).stream();
    const found = await this.#bucket.read(this.#key, {
      lane: this.size > SHORT_BYTES ? "stream" : "read",
      total: this.#total,
      part: this.size < this.#total ? this.#part : undefined,
      signal,
    });
    if (!found) throw bytesMissing();
    return found.body;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      reader ??= (await this.begin()).getReader();
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    };
    // Nothing is asked for before somebody reads.
    return new ReadableStream({ pull, cancel: (reason) => reader?.cancel(reason) }, { highWaterMark: 0 });
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await new Response(await this.begin()).bytes();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}
