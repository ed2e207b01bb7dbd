import { digestOfKey, type RemoteContent } from "./blob_store.ts";
import { bytesDamaged, reportIfDamaged, type ReportDamage } from "./bytes_error.ts";
import { lazyStream } from "./lazy_stream.ts";

/**
 * The remote bytes of a blob. A full read compares them with their SHA-256 and holds back the last chunk until it matches. A part is read
 * unverified.
 */
export class VerifiedContent implements RemoteContent {
  readonly #key: string;
  readonly #content: RemoteContent;
  readonly #report: ReportDamage;
  readonly #isWhole: boolean;

  constructor(key: string, content: RemoteContent, report: ReportDamage, { isWhole = true } = {}) {
    this.#key = key;
    this.#content = content;
    this.#report = report;
    this.#isWhole = isWhole;
  }

  get size(): number {
    return this.#content.size;
  }

  slice(start: number, end: number): VerifiedContent {
    if (start <= 0 && end >= this.size) return this;
    return new VerifiedContent(this.#key, this.#content.slice(start, end), this.#report, { isWhole: false });
  }

  async check(): Promise<void> {
    await this.#reporting(this.#content.check());
  }

  async begin(options?: { readonly signal?: AbortSignal }) {
    const body = await this.#reporting(this.#content.begin(options));
    return this.#isWhole ? this.#verified(body) : body;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return lazyStream(() => this.begin());
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await new Response(await this.begin()).bytes();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /** Passes each chunk on when the next one arrives, and the last one when the SHA-256 matches. */
  #verified(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
    const reader = body.getReader();
    const hasher = new Bun.CryptoHasher("sha256");
    let held: Uint8Array<ArrayBuffer> | undefined;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      for (;;) {
        const { done, value } = await reader.read();
        const ready = held;
        held = value;
        if (value) hasher.update(value);
        if (done && hasher.digest("hex") !== digestOfKey(this.#key)) throw await this.#otherBytes();
        if (ready) controller.enqueue(ready);
        if (done) controller.close();
        if (ready || done) return;
      }
    };
    return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
  }

  async #otherBytes(): Promise<unknown> {
    const error = bytesDamaged(this.#key, "their SHA-256 is another one");
    return await reportIfDamaged(error, this.#key, this.#report);
  }

  async #reporting<T>(reading: Promise<T>): Promise<T> {
    return await reading.catch(async (error: unknown) => {
      throw await reportIfDamaged(error, this.#key, this.#report);
    });
  }
}
