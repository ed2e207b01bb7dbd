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

/** The properties of a source, found by a probe, that a render needs. */
export type SourceTraits = Pick<
  Probe,
  "colorSpace" | "depth" | "hasAlpha" | "hasProfile" | "height" | "orientation" | "pages" | "width"
>;

/** A render, complete enough to be sent to another process as JSON. */
export interface RenderJob {
  /** Identifies the work in the record of failures: the derivative key. */
  readonly key: string;
  /** Path of the source, which is only read. */
  readonly input: string;
  readonly inputFormat: SourceFormat;
  /** The name of the source in the record of failures that decoding alone causes. */
  readonly source?: string;
  /** Files to compare with their SHA-256 before any is decoded. */
  readonly checks?: readonly FileCheck[];
  /** Properties of the source. If omitted, its header is read again. */
  readonly traits?: SourceTraits;
  /** Whether its steps open a page that no probe has decoded, which may be broken or of any size. @default {false} */
  readonly isUnprobed?: boolean;
  /** Path of the file to write. It does not exist yet; its content is valid only if the render succeeds. */
  readonly output: string;
  /** Path to which the complete output is moved. It is sealed with its length, as all kept files are. */
  readonly keepAs?: string;
  readonly format: OutputFormat;
  readonly steps: readonly Step[];
  /** How the result is encoded unless a step sets it. */
  readonly settings?: EncodeSettings;
  /** The files of the images that steps name in parameters of kind `image`, by the parameters' values. */
  readonly images?: Readonly<Record<string, ImageFile>>;
  /** Scales the whole image to this size, not larger than its own, before the first step. */
  readonly prescale?: Size;
  /** The output size of the first step, if the input is a smaller copy of the image for which it was predicted. */
  readonly firstOutput?: Size;
}

/** The result of a render. */
export interface Rendered {
  /** Width of one page in pixels. */
  readonly width: number;
  /** Height of one page in pixels. */
  readonly height: number;
  readonly pages: number;
  /** Bytes of the output file. */
  readonly bytes: number;
}

/** The result of a render, with durations in milliseconds. */
export interface TimedRendered extends Rendered {
  /** The time until it began. */
  readonly queue: number;
  /** The time from its beginning to its end. */
  readonly render: number;
}

/** Options for a job of a {@linkcode Renderer}. */
export interface RenderOptions {
  /** Aborts when no caller waits any longer. A queued job is dropped; a running one continues, but only briefly while others wait. */
  readonly signal?: AbortSignal;
  /** Predicted CPU time in milliseconds: expensive work leaves room for cheap work. @default {0} */
  readonly cost?: number;
  /** The least CPU time in milliseconds: a render that may not take that long is rejected. @default {0} */
  readonly leastCost?: number;
  /** Bytes of memory that it takes, as predicted. @default {0} */
  readonly memory?: number;
  /** Bulk tasks go behind all others and may wait longer. @default {"interactive"} */
  readonly priority?: Priority;
  /** Among bulk tasks, a higher rank goes first. @default {2} */
  readonly rank?: number;
  /** Called when the work begins. */
  readonly onStart?: () => void;
}

/** Computes pixels. All decoding goes through it. */
export interface Renderer {
  /**
   * Returns the properties of an image by decoding it.
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
  /** Returns the versions and the CPU architecture that determine the encoders' output. Part of every derivative key. */
  fingerprint(): Promise<string>;
  /** Ends its processes and waits for them. Running jobs are lost. */
  close(): Promise<void>;
}
