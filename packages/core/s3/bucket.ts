import { stat } from "node:fs/promises";
import {
  type BucketFailure,
  BucketMismatch,
  BucketOutage,
  BucketRefusal,
  failureBehind,
  readRefusal,
} from "./bucket_error.ts";
import { type BucketAbility, SLOW_ANSWER_MILLISECONDS } from "./bucket_watch.ts";
import type {
  ListObjectsOptions,
  ObjectEntry,
  ObjectStore,
  ObjectUse,
  PutObjectOptions,
  ReadObject,
  ReadObjectOptions,
} from "../object/object_store.ts";
import { fileBody } from "./file_body.ts";
import { type OpenUpload, readListing, readUploads } from "./read_listing.ts";
import { RequestLimiter } from "./request_limiter.ts";
import { RequestSigner, type SignedBucket } from "./request_signer.ts";
import { type Attempt, sendRequest, type SendRequestOptions } from "./send_request.ts";
import { wholeBody } from "./whole_body.ts";

/** Response headers that a URL can set. */
const READ_URL_HEADERS = ["cache-control", "content-disposition", "content-type"] as const;

/** The maximum page size of S3. */
const MAX_PAGE_SIZE = 1_000;

/** A longer body may be in transit for seconds after it was passed to the system, which buffers some megabytes. */
const QUICK_BYTES = 131_072;
const SLOW_MILLISECONDS = 8_000;

/** How many requests there may be, and who hears of failures. */
export interface BucketLimits {
  /** The concurrency limit of each kind of request: short reads, long reads, writes. @default {48} */
  readonly atATime?: number;
  /** Receives the kind and the cause of a request that has failed after all retries; `null` for a slow response. */
  readonly onFault?: (ability: BucketAbility, failure: BucketFailure | null) => void;
}

/** Options for {@linkcode Bucket}. */
export type BucketOptions = BucketLimits & SignedBucket;

/**
 * A client for an S3 bucket over plain HTTP. Every request has timeouts and is retried while that makes sense. A failed request rejects
 * with a {@linkcode ProgImageError} `unavailable` within ten seconds of the last progress.
 */
export class Bucket implements ObjectStore {
  readonly #name: string;
  readonly #signer: RequestSigner;
  readonly #limiter: RequestLimiter;
  readonly #onFault: NonNullable<BucketOptions["onFault"]>;
  /** Whether the service does not support conditional requests. */
  #isUnconditional = false;

  constructor({ atATime = 48, onFault = () => {}, ...bucket }: BucketOptions) {
    this.#name = bucket.bucket;
    this.#signer = new RequestSigner(bucket);
    this.#limiter = new RequestLimiter({ atATime });
    this.#onFault = onFault;
  }

  /** Stores the bytes of a file: all of them, or nothing. */
  async put(key: string, path: string, { use, isNew = false, bytes }: PutObjectOptions): Promise<void> {
    const size = bytes ?? (await stat(path)).size;
    await this.#send("write", { use }, async (begun) => {
      const attempt = size > QUICK_BYTES ? { ...begun, answerMilliseconds: SLOW_MILLISECONDS } : begun;
      const file = await fileBody(path, size, attempt.deadline);
      const isConditional = isNew && !this.#isUnconditional;
      const headers = { ...file.headers, ...(isConditional ? { "if-none-match": "*" } : {}) };
      const response = await this.#fetch(attempt, await this.#signer.object("PUT", key), {
        method: "PUT",
        body: file.body,
        headers,
      });
      if (response.ok) return await drain(response, attempt);
      const refusal = await attempt.deadline.wait(attempt.answerMilliseconds, () => readRefusal(response));
      if (isConditional && refusal.status === 412 && (await this.size(key)) === size) return;
      if (isConditional && refusal.status === 501) {
        this.#isUnconditional = true;
        throw new BucketOutage("S3 does not know conditional requests");
      }
      throw refusal;
    });
  }

  /** Returns the size of an object in bytes, or `null` if there is none. */
  async size(key: string): Promise<number | null> {
    return await this.#send("read", { use: "read" }, async (attempt) => {
      const response = await this.#fetch(attempt, await this.#signer.object("HEAD", key), { method: "HEAD" });
      if (response.status === 404) return null;
      if (!response.ok) throw new BucketRefusal(response.status, "");
      return Number(response.headers.get("content-length") ?? Number.NaN);
    });
  }

  /** Starts to read an object; returns `null` if there is none. A body that is too short fails. */
  async read(key: string, { use, total, part, signal }: ReadObjectOptions): Promise<ReadObject | null> {
    const onFailure = (failure: BucketFailure) => this.#onFault("read", failure);
    return await this.#send("read", { use, signal }, async (attempt) => {
      const headers: Record<string, string> = part ? { range: `bytes=${part.start}-${part.end - 1}` } : {};
      const response = await this.#fetch(attempt, await this.#signer.object("GET", key), { headers });
      if (!response.ok) {
        const refusal = await attempt.deadline.wait(attempt.answerMilliseconds, () => readRefusal(response));
        if (refusal.code === "NoSuchKey") return null;
        throw refusal;
      }
      const bytes = part ? part.end - part.start : (total ?? lengthOf(response));
      checkHead(response, { bytes, total, part });
      return { bytes, body: await wholeBody(response, bytes, { ...attempt, onFailure }) };
    });
  }

  /** Lets S3 copy an object to another key. Returns whether the object exists. */
  async copy(key: string, target: string): Promise<boolean> {
    const source = `/${this.#name}/${key}`.split("/").map(encodeURIComponent).join("/");
    return await this.#send("write", { use: "background" }, async (attempt) => {
      const headers = { "x-amz-copy-source": source };
      const url = await this.#signer.other("PUT", target, { headers });
      const response = await this.#fetch(attempt, url, { method: "PUT", headers });
      const text = await attempt.deadline.wait(attempt.answerMilliseconds, () => response.clone().text());
      // A copy can fail after S3 has started to send a 200; the body then contains an error.
      if (response.ok && text.includes("<CopyObjectResult")) return true;
      const refusal = await readRefusal(response);
      if (refusal.code === "NoSuchKey") return false;
      throw response.ok ? new BucketOutage(`S3 has not copied an object: ${refusal.code}`) : refusal;
    });
  }

  /** Stores a short text. */
  async putText(key: string, text: string): Promise<void> {
    const body = new TextEncoder().encode(text);
    const md5 = new Bun.CryptoHasher("md5").update(body).digest("base64");
    await this.#send("write", { use: "write" }, async (attempt) => {
      const headers = { "content-length": String(body.length), "content-md5": md5 };
      const url = await this.#signer.object("PUT", key);
      const response = await this.#fetch(attempt, url, { method: "PUT", body, headers });
      if (response.ok) return await drain(response, attempt);
      throw await attempt.deadline.wait(attempt.answerMilliseconds, () => readRefusal(response));
    });
  }

  /** Returns the text of a short object, or `null` if there is none. */
  async readText(key: string): Promise<string | null> {
    const found = await this.read(key, { use: "read" });
    return found && (await new Response(found.body).text());
  }

  /** Removes an object. Does nothing if there is none. */
  async remove(key: string, use: ObjectUse): Promise<void> {
    await this.#send("remove", { use }, async (attempt) => {
      const response = await this.#fetch(attempt, await this.#signer.object("DELETE", key), {
        method: "DELETE",
      });
      if (response.ok) return await drain(response, attempt);
      const refusal = await attempt.deadline.wait(attempt.answerMilliseconds, () => readRefusal(response));
      if (refusal.code !== "NoSuchKey") throw refusal;
    });
  }

  /** Yields the objects whose keys begin with a prefix, in byte order of the keys. */
  async *list(
    prefix: string,
    { after = null, pageSize = MAX_PAGE_SIZE }: ListObjectsOptions = {},
  ): AsyncGenerator<ObjectEntry> {
    const query = {
      prefix,
      "max-keys": String(Math.min(pageSize, MAX_PAGE_SIZE)),
      ...(after === null ? {} : { "start-after": after }),
    };
    for await (const page of this.#pages(query)) yield* page.entries;
  }

  /** Yields the distinct prefixes of keys up to the first delimiter after a given prefix. */
  async *beginnings(prefix: string, delimiter: string): AsyncGenerator<string> {
    for await (const page of this.#pages({ prefix, delimiter })) yield* page.beginnings;
  }

  /** Returns the unfinished multipart uploads below a prefix. */
  async uploads(prefix: string): Promise<readonly OpenUpload[]> {
    return readUploads(await this.#ask(null, "GET", "", { uploads: "", prefix }));
  }

  async sweepUploads(prefix: string, startedBefore: number): Promise<number> {
    const abandoned = (await this.uploads(prefix)).filter(({ startedAt }) => startedAt < startedBefore);
    for (const { key, uploadId } of abandoned) await this.#ask(null, "DELETE", key, { uploadId });
    return abandoned.length;
  }

  /**
   * Sends minimal requests to check whether the bucket can be listed. With a key, also checks whether it can be written to.
   *
   * @throws {ProgImageError} whose cause is the reason
   */
  async check({ writeTo }: { readonly writeTo?: string } = {}): Promise<void> {
    await this.#ask("list", "GET", "", { "list-type": "2", "max-keys": "1" }, "read");
    if (writeTo === undefined) return;
    await this.#ask("write", "PUT", writeTo, {}, "write");
    await this.remove(writeTo, "write");
  }

  /** Returns a presigned URL for an object, valid for this number of seconds. It sets those of the headers that S3 supports. */
  async readUrl(key: string, seconds: number, headers: Readonly<Record<string, string>>): Promise<string> {
    const query = READ_URL_HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[`response-${name}`, value] as const];
    });
    return await this.#signer.other("GET", key, { query: Object.fromEntries(query), lifetime: seconds });
  }

  async *#pages(query: Readonly<Record<string, string>>) {
    let token: string | null = null;
    do {
      const more: Readonly<Record<string, string>> = token === null ? {} : { "continuation-token": token };
      const page = readListing(await this.#ask("list", "GET", "", { "list-type": "2", ...query, ...more }));
      yield page;
      token = page.next;
    } while (token !== null);
  }

  async #ask(
    ability: BucketAbility | null,
    method: string,
    key: string,
    query: Readonly<Record<string, string>>,
    use: ObjectUse = "background",
  ): Promise<string> {
    return await this.#send(ability, { use }, async (attempt) => {
      const response = await this.#fetch(attempt, await this.#signer.other(method, key, { query }), {
        method,
      });
      if (response.ok) return await attempt.deadline.wait(attempt.answerMilliseconds, () => response.text());
      throw await attempt.deadline.wait(attempt.answerMilliseconds, () => readRefusal(response));
    });
  }

  /** Sends a request and reports the kind of a failed one; `null` for one that the server can do without. */
  async #send<T>(
    ability: BucketAbility | null,
    options: SendRequestOptions,
    send: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    try {
      return await sendRequest(this.#limiter, options, send);
    } catch (error) {
      const failure = ability && failureBehind(error);
      if (failure) this.#onFault(ability, failure);
      throw error;
    }
  }

  async #fetch({ deadline, answerMilliseconds }: Attempt, url: string, init: BunFetchRequestInit) {
    const options = { ...init, signal: deadline.signal, redirect: "manual", decompress: false } as const;
    const startedAt = performance.now();
    try {
      return await deadline.wait(answerMilliseconds, () => fetch(url, options));
    } finally {
      // A request with a body takes longer.
      const isSlow = !init.body && performance.now() - startedAt > SLOW_ANSWER_MILLISECONDS;
      if (isSlow) this.#onFault("read", null);
    }
  }
}

/** Reads an unused body to its end, so that the connection can be reused. */
async function drain(response: Response, { deadline, answerMilliseconds }: Attempt): Promise<void> {
  await deadline.wait(answerMilliseconds, () => response.arrayBuffer());
}

function lengthOf({ headers }: Response): number {
  const length = headers.get("content-length");
  if (length === null) throw new BucketOutage("The answer of S3 must say how long it is: it does not");
  return Number(length);
}

/** Detects a response with the wrong part or length before any of its bytes is used. */
function checkHead(
  { status, headers }: Response,
  { bytes, total, part }: Pick<ReadObjectOptions, "part" | "total"> & { readonly bytes: number },
): void {
  const length = headers.get("content-length");
  const range = part ? `bytes ${part.start}-${part.end - 1}/${total}` : null;
  const isRight = status === (part ? 206 : 200) && headers.get("content-range") === range;
  if (isRight && (length === null || Number(length) === bytes)) return;
  throw new BucketMismatch(`The answer of S3 must have ${range ?? `${bytes} bytes`}: it has others`);
}
