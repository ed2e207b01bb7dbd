import type { FileCheck } from "../blob/checked_files.ts";
import type { Probe } from "../image/probe.ts";
import type { EncodeSettings } from "../transform/output/encode_settings.ts";
import type { OutputFormat, SourceFormat } from "../transform/output/formats.ts";
import type { Step } from "../transform/recipe/recipe.ts";
import type { Size } from "../transform/planning/size.ts";
import type { Priority } from "./pool/waiting_line.ts";

/** A file that holds an image. */
export interface ImageFile {
  readonly path: string;
  readonly format: SourceFormat;
}

/** What a probe has told of a source, as far as a render needs it. */
export type SourceTraits = Pick<
  Probe,
  "colorSpace" | "depth" | "hasAlpha" | "hasProfile" | "height" | "orientation" | "pages" | "width"
>;

/** A render, complete enough to travel to another process as JSON. */
export interface RenderJob {
  /** Names the work: the derivative key. Trouble is remembered by it. */
  readonly key: string;
  /** Path of the source's bytes. Only read. */
  readonly input: string;
  readonly inputFormat: SourceFormat;
  /** SHA-256 of the source. Trouble is remembered by it that decoding alone has made. */
  readonly source?: string;
  /** Files that are compared with their SHA-256 before any is decoded. */
  readonly checks?: readonly FileCheck[];
  /** Without them the header of the source is read once more. */
  readonly traits?: SourceTraits;
  /** Path of the file to write. It does not exist yet; it holds nothing of use unless the render succeeds. */
  readonly output: string;
  /** Path to which the output is moved once it is complete, sealed by its length, as files that are kept are. */
  readonly keepAs?: string;
  readonly format: OutputFormat;
  readonly steps: readonly Step[];
  /** How the result is encoded where no step says so. */
  readonly settings?: EncodeSettings;
  /** The files of the images that steps name in parameters of kind `image`, by the values of these. */
  readonly images?: Readonly<Record<string, ImageFile>>;
  /** Scales the whole image to this size, not larger than it is, before the first step. */
  readonly prescale?: Size;
  /** The size that the first step ends with, where the input is a smaller copy of the image for which it was predicted. */
  readonly firstOutput?: Size;
}

/** What a render gave. */
export interface Rendered {
  /** Width of one page in pixels. */
  readonly width: number;
  /** Height of one page in pixels. */
  readonly height: number;
  readonly pages: number;
  /** Bytes of the output file. */
  readonly bytes: number;
}

/** What a render gave, and how long it took in milliseconds. */
export interface TimedRendered extends Rendered {
  /** Until it began. */
  readonly queue: number;
  /** From then on. */
  readonly render: number;
}

/** Options for a job of a {@linkcode Renderer}. */
export interface RenderOptions {
  /** Nobody waits any more: a job that still queues is dropped; one that runs goes on, but not for long while others wait. */
  readonly signal?: AbortSignal;
  /** How many milliseconds it takes one core, as predicted: dear work leaves room for cheap work. @default {0} */
  readonly cost?: number;
  /** How many milliseconds it takes one core at least: a render that may not take as many is refused. @default {0} */
  readonly leastCost?: number;
  /** Bytes of memory that it takes, as predicted. @default {0} */
  readonly memory?: number;
  /** Bulk goes behind everything else, and may wait longer. @default {"interactive"} */
  readonly priority?: Priority;
  /** Among bulk, higher goes first. @default {2} */
  readonly rank?: number;
  /** Hears when it begins. */
  readonly onStart?: () => void;
}

/** Where pixels are computed. The only way to a decoder. */
export interface Renderer {
  /**
   * Learns what an image is by decoding it.
   *
   * @throws {ProgImageError} `unsupported_media`, `broken_image`, `too_large`, `too_many_pixels`, `too_costly`, `busy`
   */
  probe(path: string, options?: RenderOptions & { readonly key?: string }): Promise<Probe>;
  /**
   * Carries out a recipe.
   *
   * @throws {ProgImageError} `damaged`, `broken_image`, `too_many_pixels`, `invalid_parameter`, `too_costly`, `busy`, `plugin_failed`, `cancelled`
   */
  render(job: RenderJob, options?: RenderOptions): Promise<TimedRendered>;
  /** Gives what decides over the bytes that encoders write: versions and CPU architecture. Part of every derivative key. */
  fingerprint(): Promise<string>;
  /** Ends its processes and waits for them. Jobs that run are lost. */
  close(): Promise<void>;
}
