import {
  extensionOf,
  findImage,
  type ItemResult,
  type Job,
  type JobItem,
  openOriginal,
  openItem,
  planOutput,
  type Ports,
  ProgImageError,
  ReferenceFinder,
  renderImage,
  renderOnce,
  type SourceImage,
  storedSource,
} from "@progimage/core";

/** A result of a job, ready to be read. Disposing of it removes the files made for it alone. */
export interface ResultFile extends AsyncDisposable {
  /** Unique for each result of a job: a folder for each item. */
  readonly name: string;
  readonly bytes?: number;
  /** Returns the bytes, once. */
  readonly open: () => Promise<AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>>;
}

type ResultPorts = Pick<
  Ports,
  | "blobs"
  | "catalog"
  | "derivatives"
  | "exchange"
  | "flights"
  | "owner"
  | "limits"
  | "remote"
  | "renderer"
  | "reportDamage"
  | "scratch"
  | "transforms"
>;

const LONGEST_STEM = 100;

/** How often a derivative may be evicted between lookup and reading. */
const MAX_EVICTIONS = 3;

/** The files of a job's results, read from the cache, or rendered again after an eviction. */
export class JobResultFiles implements AsyncDisposable {
  readonly #ports: ResultPorts;
  readonly #job: Job;
  readonly #signal: AbortSignal;
  /** Finds the images in steps, each only once. */
  readonly #finder: ReferenceFinder;

  constructor(ports: ResultPorts, job: Job, signal: AbortSignal) {
    this.#ports = ports;
    this.#job = job;
    this.#signal = signal;
    this.#finder = new ReferenceFinder(ports, { signal });
  }

  /**
   * Returns the file of a result, rendered if necessary.
   *
   * @throws {ProgImageError} `file_not_found` for an image that was deleted since, and any code of a render
   */
  async prepare(item: JobItem, result: ItemResult): Promise<ResultFile> {
    if (result.imageId !== undefined) return await this.#stored(item, result, result.imageId);
    if (result.exchange !== undefined) return this.#exchanged(item, result, result.exchange);
    return "id" in item.source
      ? await this.#kept(item, result, item.source.id)
      : await this.#madeAnew(item, result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finder[Symbol.asyncDispose]();
  }

  async #stored(item: JobItem, result: ItemResult, id: string): Promise<ResultFile> {
    const image = await findImage(this.#ports, id);
    const open = async () => (await openOriginal(this.#ports, image)).stream();
    return { name: this.#nameOf(item, result, image.name), bytes: image.bytes, open, ...NOTHING_TO_CLEAR };
  }

  #exchanged(item: JobItem, result: ItemResult, name: string): ResultFile {
    const open = async () => {
      const bytes = await this.#ports.exchange?.open(name);
      if (!bytes) throw new ProgImageError("file_not_found", "Cannot find file of a result: it was removed");
      return bytes;
    };
    return { name: this.#nameOf(item, result, name), bytes: result.bytes, open, ...NOTHING_TO_CLEAR };
  }

  async #kept(item: JobItem, result: ItemResult, id: string): Promise<ResultFile> {
    const image = await findImage(this.#ports, id);
    const plan = await this.#plan(result, storedSource(this.#ports, image));
    const render = async () =>
      (await renderImage(this.#ports, plan, { priority: "bulk", signal: this.#signal })).derivative;
    const { bytes } = await render();
    const open = async () => {
      for (let evictions = 0; ; evictions++) {
        const { content } = await render();
        try {
          return await begunStream(content instanceof Uint8Array ? new Blob([content]) : content);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT" || evictions >= MAX_EVICTIONS) throw error;
        }
      }
    };
    return { name: this.#nameOf(item, result, image.name), bytes, open, ...NOTHING_TO_CLEAR };
  }

  async #madeAnew(item: JobItem, result: ItemResult): Promise<ResultFile> {
    const { scratch } = this.#ports;
    await using open = await openItem(this.#ports, item.source);
    const plan = await this.#plan(result, open.source);
    const made = await renderOnce(this.#ports, plan, scratch, { priority: "bulk", signal: this.#signal });
    return {
      name: this.#nameOf(item, result, open.name),
      bytes: made.bytes,
      open: async () => Bun.file(made.path).stream(),
      [Symbol.asyncDispose]: made[Symbol.asyncDispose],
    };
  }

  async #plan({ output }: ItemResult, source: SourceImage) {
    return await planOutput(this.#ports, this.#job, { output, source, finder: this.#finder });
  }

  #nameOf({ place, source }: JobItem, { output, format }: ItemResult, name: string | null): string {
    const { outputs } = this.#job;
    const file = outputs.length === 0 ? "original" : (outputs[output]?.name ?? String(output + 1));
    const stem = stemOf(name ?? "") || ("id" in source ? source.id : "");
    const folder = stem === "" ? String(place + 1) : `${place + 1}-${stem}`;
    return `${folder}/${file}.${extensionOf(format)}`;
  }
}

const NOTHING_TO_CLEAR = { [Symbol.asyncDispose]: async () => {} };

/** Returns a folder name that is valid on all systems on which the archive may be unpacked. */
function stemOf(name: string): string {
  const base = name.replace(/^.*[/\\]/s, "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  return base
    .replace(/[\p{C}<>:"|?*]/gu, "")
    .slice(0, LONGEST_STEM)
    .toWellFormed()
    .replace(/[. ]+$/, "");
}

/** Returns a stream whose first bytes have been read, so that it survives a removal of the file. */
async function begunStream(content: Blob): Promise<ReadableStream<Uint8Array>> {
  const reader = content.stream().getReader();
  let first: Awaited<ReturnType<typeof reader.read>> | null = await reader.read();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = first ?? (await reader.read());
        first = null;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
