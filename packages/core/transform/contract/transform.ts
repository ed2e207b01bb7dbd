import type sharp from "sharp";
import type { Sharp } from "sharp";
import type { FocalPoint } from "../../image/image.ts";
import type { EncodeSettings } from "../output/encode_settings.ts";
import type { OutputFormat } from "../output/formats.ts";
import type { ArgumentsOf, BoxShorthand, Params } from "./param.ts";
import type { ParamValue } from "../recipe/recipe.ts";
import type { OpenSettings } from "../values/open_settings.ts";
import type { Size } from "../planning/size.ts";
import type { StageName } from "../planning/stages.ts";

/** Arguments whose declaration the compiler does not know. */
export type Arguments = Readonly<Record<string, ParamValue | undefined>>;

/** The context of a transform's functions, besides their arguments. */
export interface PluginContext<Settings = Arguments> {
  /** The settings of its plugin by their names, as the operator has set them. */
  readonly settings: Settings;
}

/** Settings whose declaration is unknown: those of a loaded transform, which receives them without the caller. */
type Unknown = never;

/** The context as the last argument of a transform's function; omitted for a loaded transform. */
type Given<Settings> = [Settings] extends [Unknown] ? [] : [context: PluginContext<Settings>];

type Known<Settings> = [Settings] extends [Unknown] ? Arguments : Settings;

/** The sizes of a step in pixels, of one page. */
export interface StepSizes {
  readonly input: Size;
  /** The predicted size, or `input` if it cannot be predicted. */
  readonly output: Size;
}

/** Another image that a step uses. */
export interface StepImage extends Size {
  readonly hasAlpha: boolean;
  /** Opens the image as a viewer sees it. Each call returns its own instance. */
  readonly open: () => Sharp;
}

/** The frames of an animation, for a step that runs frame by frame. */
export interface StepFrames {
  /** The index of this frame, from 0. */
  readonly index: number;
  readonly count: number;
  /** Opens a frame as it is before this step. */
  readonly open: (index: number) => Sharp;
  /** Computes a value once and returns it for all frames of this step. Use it for a box that must not move between frames. */
  readonly once: <T>(compute: () => Promise<T>) => Promise<T>;
}

/** The context of a step while it runs. */
export interface StepContext<Settings = Arguments> extends StepSizes, PluginContext<Settings> {
  /** The result of its `stage`. Use it instead of the sizes, which may be swapped. */
  readonly stages: readonly StageName[] | null;
  /** Whether the input pixels have an alpha channel. */
  readonly hasAlpha: boolean;
  /** The sharp with which to create more instances. */
  readonly sharp: typeof sharp;
  /** Paths of the operator's font files, for steps that draw text. */
  readonly fonts: readonly string[];
  /** The images that parameters of kind `image` name, by the names of the parameters. */
  readonly images: Readonly<Record<string, StepImage>>;
  /** The animation that is processed frame by frame; `null` for a still, and if all frames are processed at once. */
  readonly frames: StepFrames | null;
}

/** Facts about the source of a recipe, besides its pixels. */
export interface SourceFacts {
  /** The point of interest stored with the image: fractions of width and height from the top left. */
  readonly focalPoint: FocalPoint | null;
}

interface TransformOptions<Declared, A, Settings> {
  /** Its name in URLs: letters and digits, beginning with a small letter. */
  readonly name: string;
  /** An integer from 1. Raise it when the same arguments give different pixels. Part of every derivative key. */
  readonly version: number;
  /** One line for the catalogue, such as `Tones the image brown`. */
  readonly summary: string;
  readonly params: Declared;
  /** Steps as in a URL, such as `sepia=0.8`, that show its effect: for the catalogue, the documentation and tests. */
  readonly examples?: readonly string[];
  /** Its earlier names, without namespace. They are still accepted, and callers are told that they are deprecated. */
  readonly aliases?: readonly string[];
  /** The replacement: callers of the transform are told that it is deprecated. */
  readonly deprecated?: string;
  /** The parameter that an argument without a name sets, or a {@linkcode box}. */
  readonly shorthand?: string | BoxShorthand;
  /**
   * Returns the arguments that depend on the source. Called before the result gets its key. Pure.
   *
   * @example a gravity of `focal` becomes the coordinates of the stored focal point
   */
  complete?(args: A, source: SourceFacts, ...context: Given<Settings>): Readonly<Record<string, ParamValue>>;
  /**
   * Rejects combinations of arguments that are wrong for every image. Each argument is already valid by itself.
   *
   * @throws {ProgImageError} `invalid_parameter`
   */
  check?(args: A, ...context: Given<Settings>): void;
}

type StagesOf<A, Settings> = {
  of(args: A, sizes: StepSizes, ...context: Given<Settings>): readonly StageName[] | null;
}["of"];
type FramesOf<A, Settings> = {
  of(args: A, sizes: StepSizes, ...context: Given<Settings>): "all" | "each";
}["of"];

/** A transform of pixels. */
export interface PixelTransform<
  Declared = Params,
  A = Arguments,
  Settings = Unknown,
> extends TransformOptions<Declared, A, Settings> {
  /**
   * The stages of all calls that `apply` makes, in order; an empty list for a step that changes nothing. Steps with stages share a sharp
   * instance with their neighbours where sharp keeps the caller's order, and return the instance that they receive. A step of stage `scale`
   * alone only calls `image.resize(output.width, output.height, { fit: "fill", kernel })` with the sizes of its context. These may be
   * swapped, because a shrink is moved before mirrors and quarter turns. If omitted or `null`, pixels are computed before and after.
   */
  readonly stage?: StageName | readonly StageName[] | StagesOf<A, Settings>;
  /** `all` if the step gives the same result when all frames of an animation are one tall image. If omitted, it runs frame by frame. */
  readonly frames?: "all" | FramesOf<A, Settings>;
  /**
   * Predicts the size of the result. If omitted, it is that of the input; `unknown` means that it is known only afterwards. Pure.
   *
   * @throws {ProgImageError} `invalid_parameter` for a step that is impossible on an image of this size
   */
  size?(size: Size, args: A, ...context: Given<Settings>): Size | "unknown";
  /**
   * Returns the size to which the whole image may be scaled down before this step without a visible loss. Results of several sizes can then
   * share one decode. Not used if omitted or not smaller than the image. Pure.
   */
  scaledSize?(size: Size, args: A, ...context: Given<Settings>): Size;
  /** Calls sharp's operations. Throws only on defects: `check` and `size` must reject errors of callers. */
  apply(image: Sharp, args: A, context: StepContext<Known<Settings>>): Sharp | Promise<Sharp>;
}

/** A transform that sets how the result is encoded. Its position in a recipe does not matter. */
export interface OutputTransform<
  Declared = Params,
  A = Arguments,
  Settings = Unknown,
> extends TransformOptions<Declared, A, Settings> {
  readonly stage: "output";
  /**
   * Returns changed settings. Pure.
   *
   * @throws {ProgImageError} `invalid_parameter` if the format does not support them
   */
  encode(
    settings: EncodeSettings,
    args: A,
    format: OutputFormat,
    ...context: Given<Settings>
  ): EncodeSettings;
}

/** A transform that sets how the source is opened. Its position in a recipe does not matter. */
export interface SourceTransform<
  Declared = Params,
  A = Arguments,
  Settings = Unknown,
> extends TransformOptions<Declared, A, Settings> {
  readonly stage: "source";
  /** Returns changed settings. Pure. */
  open(settings: OpenSettings, args: A, ...context: Given<Settings>): OpenSettings;
}

/** A transform of any kind. */
export type Transform = PixelTransform | OutputTransform | SourceTransform;

/**
 * Declares a transform. The types of its arguments are derived from `params`.
 *
 * @param _settings The declaration of its plugin's settings, from which the type of `context.settings` is derived.
 */
export function defineTransform<const Declared extends Params, const Settings extends Params = NoParams>(
  transform:
    | PixelTransform<Declared, ArgumentsOf<Declared>, ArgumentsOf<Settings>>
    | OutputTransform<Declared, ArgumentsOf<Declared>, ArgumentsOf<Settings>>
    | SourceTransform<Declared, ArgumentsOf<Declared>, ArgumentsOf<Settings>>,
  _settings?: Settings,
): Transform {
  return transform as unknown as Transform;
}

type NoParams = Readonly<Record<never, never>>;

/** Whether a transform sets the encoding rather than changing pixels. */
export function isOutputTransform(transform: Transform): transform is OutputTransform {
  return transform.stage === "output";
}

/** Whether a transform sets how the source is opened. */
export function isSourceTransform(transform: Transform): transform is SourceTransform {
  return transform.stage === "source";
}

/** Whether a transform changes pixels. */
export function isPixelTransform(transform: Transform): transform is PixelTransform {
  return !isOutputTransform(transform) && !isSourceTransform(transform);
}

/** Returns the stages of a step, or `null` if they are not declared. */
export function stagesOf(
  transform: PixelTransform,
  args: Arguments,
  sizes: StepSizes,
): readonly StageName[] | null {
  const { stage } = transform;
  if (stage === undefined) return null;
  if (typeof stage === "string") return [stage];
  return typeof stage === "function" ? stage(args, sizes) : stage;
}

/** Whether a step may run on all frames of an animation at once. */
export function runsOnAllFrames(transform: PixelTransform, args: Arguments, sizes: StepSizes): boolean {
  const { frames } = transform;
  return (typeof frames === "function" ? frames(args, sizes) : frames) === "all";
}
