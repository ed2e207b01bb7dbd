import type { CallOptions, Connection } from "./connection.ts";
import type { OutputFormat } from "./image.ts";
import { recipeQuery, type Step } from "./recipe.ts";
import type { CompressParams, CropParams, ResizeParams, RotateParams, Transforms } from "./transforms.ts";

/** Options for {@linkcode ImageHandle.fetch}. */
export interface FetchOptions extends CallOptions {
  /** Such as `Accept`, `Range` or `If-None-Match`: a 206 and a 304 are answers like others. */
  readonly headers?: HeadersInit;
}

/** What to make of an image. */
interface Recipe {
  readonly steps: readonly Step[];
  /** How to encode the result: last in the query, wherever it was called, as a recipe has it once. */
  readonly compress?: CompressParams;
  /** None leaves the format to the server. */
  readonly format?: OutputFormat | "auto";
  /** What lets caches keep the result for ever. */
  readonly version?: string;
}

/**
 * An image of the repository and what to make of it. Immutable: each call gives a new one, so that any of them can be a
 * starting point. Without steps and format it is the original. Nothing is sent before one of the last four methods.
 */
export class ImageHandle {
  readonly id: string;
  readonly #connection: Connection;
  readonly #recipe: Recipe;

  /** @internal */
  constructor(connection: Connection, id: string, recipe: Recipe) {
    this.id = id;
    this.#connection = connection;
    this.#recipe = recipe;
  }

  resize(params: ResizeParams): ImageHandle {
    return this.apply("resize", params);
  }

  crop(params: CropParams): ImageHandle {
    return this.apply("crop", params);
  }

  /** Turns clockwise by degrees. */
  rotate(angle: number, params: Omit<RotateParams, "angle"> = {}): ImageHandle {
    return this.apply("rotate", { ...params, angle });
  }

  /** Mirrors top to bottom. */
  flip(): ImageHandle {
    return this.apply("flip");
  }

  /** Mirrors left to right. */
  flop(): ImageHandle {
    return this.apply("flop");
  }

  /** Says how the result is encoded. Called again, it adds to what was said. */
  compress(params: CompressParams = {}): ImageHandle {
    return this.#with({ compress: { ...this.#recipe.compress, ...params } });
  }

  /** Adds a step with any transform that {@linkcode Transforms} knows. */
  apply<Name extends keyof Transforms>(name: Name, params?: Transforms[Name]): ImageHandle {
    if (name === "compress") return this.compress(params as CompressParams);
    const step: Step = { transform: name, params: { ...params } };
    return this.#with({ steps: [...this.#recipe.steps, step] });
  }

  /** Says in which format the result comes; `auto` is the best that the request's `Accept` names. */
  format(format: OutputFormat | "auto", params?: CompressParams): ImageHandle {
    const handle = this.#with({ format });
    return params ? handle.compress(params) : handle;
  }

  jpeg(params?: CompressParams): ImageHandle {
    return this.format("jpeg", params);
  }

  png(params?: CompressParams): ImageHandle {
    return this.format("png", params);
  }

  webp(params?: CompressParams): ImageHandle {
    return this.format("webp", params);
  }

  avif(params?: CompressParams): ImageHandle {
    return this.format("avif", params);
  }

  gif(params?: CompressParams): ImageHandle {
    return this.format("gif", params);
  }

  tiff(params?: CompressParams): ImageHandle {
    return this.format("tiff", params);
  }

  auto(params?: CompressParams): ImageHandle {
    return this.format("auto", params);
  }

  /** Gives the URL of the result, which anybody can GET. */
  url(): string {
    return this.#connection.baseUrl + this.#path();
  }

  /** Gives the value of an `srcset`: the result, resized once more to each of the widths. */
  srcset(widths: readonly number[]): string {
    for (const width of widths) {
      if (!Number.isInteger(width) || width < 1)
        throw new RangeError(`Cannot write a srcset: ${width} is not a width in pixels`);
    }
    return widths.map((width) => `${this.resize({ width }).url()} ${width}w`).join(", ");
  }

  /**
   * Gives the server's answer, whose body streams.
   *
   * @throws {ProgImageError} if the server says so, {@linkcode NotFoundError} where there is no such image
   */
  fetch(options: FetchOptions = {}): Promise<Response> {
    return this.#read(options, (response) => response);
  }

  /** Gives the result as a stream. */
  stream(options: FetchOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return this.#read(options, (response) => response.body ?? new Blob([]).stream());
  }

  /** Gives the bytes of the result. */
  bytes(options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(options, async (response) => new Uint8Array(await response.arrayBuffer()));
  }

  /** Gives the result as a blob with its media type. */
  blob(options: FetchOptions = {}): Promise<Blob> {
    return this.#read(options, (response) => response.blob());
  }

  #read<T>(options: FetchOptions, read: (response: Response) => T | Promise<T>): Promise<T> {
    return this.#connection.send(this.#path(), { ...options, isLong: true }, read);
  }

  #with(change: Partial<Recipe>): ImageHandle {
    return new ImageHandle(this.#connection, this.id, { ...this.#recipe, ...change });
  }

  #path(): string {
    const { steps, compress, format, version } = this.#recipe;
    const all = compress ? [...steps, { transform: "compress", params: { ...compress } }] : steps;
    const query = [recipeQuery(all), version === undefined ? "" : `v=${encodeURIComponent(version)}`]
      .filter(Boolean)
      .join("&");
    return `/images/${this.id}${format ? `.${format}` : ""}${query ? `?${query}` : ""}`;
  }
}
