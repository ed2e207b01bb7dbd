import type sharp from "sharp";
import type { Sharp } from "sharp";
import type { FocalPoint } from "../../image/image.ts";
import type { EncodeSettings } from "../output/encode_settings.ts";
import type { OutputFormat } from "../output/formats.ts";
import type { ArgumentsOf, BoxShorthand, Params } from "./param.ts";
import type { ParamValue } from "../recipe/recipe.ts";
import type { Size } from "../planning/size.ts";
import type { StageName } from "../planning/stages.ts";

/** Arguments whose declaration is not known to the compiler. */
export type Arguments = Readonly<Record<string, ParamValue | undefined>>;

/** What the code of a transform gets besides its arguments. */
export interface PluginContext<Settings = Arguments> {
  /** The settings of its plugin by their names, as its operator has them. */
  readonly settings: Settings;
}

/** Settings whose declaration is not known: those of a transform that is loaded, which gets them by itself. */
type Unknown = never;

/** The context as the last argument of a function of a transform, but for one that is loaded. */
type Given<Settings> = [Settings] extends [Unknown] ? [] : [context: PluginContext<Settings>];

type Known<Settings> = [Settings] extends [Unknown] ? Arguments : Settings;

/** The sizes of a step in pixels, of one page. */
export interface StepSizes {
  readonly input: Size;
  /** As predicted; equal to `input` where it cannot be. */
  readonly output: Size;
}

/** Another image that a step works with. */
export interface StepImage extends Size {
  readonly hasAlpha: boolean;
  /** Opens it as a viewer sees it. Each call gives an instance of its own. */
  readonly open: () => Sharp;
}

/** The frames of an animation, for a step that runs frame by frame. */
export interface StepFrames {
  /** Which frame this is, from 0. */
  readonly index: number;
  readonly count: number;
  /** Opens a frame as it is before this step. */
  readonly open: (index: number) => Sharp;
  /** Computes something once and gives it to all frames of this step: a box that must not tremble. */
  readonly once: <T>(compute: () => Promise<T>) => Promise<T>;
}

/** What a step may know while it works. */
export interface StepContext<Settings = Arguments> extends StepSizes, PluginContext<Settings> {
  /** What its `stage` gave. To be asked instead of the sizes, which may be swapped. */
  readonly stages: readonly StageName[] | null;
  /** Whether the pixels that come in have an alpha channel. */
  readonly hasAlpha: boolean;
  /** The sharp to make further instances with. */
  readonly sharp: typeof sharp;
  /** The images that parameters of kind `image` name, by the names of the parameters. */
  readonly images: Readonly<Record<string, StepImage>>;
  /** The animation that is processed frame by frame; `null` for a still, and for all frames at once. */
  readonly frames: StepFrames | null;
}

/** What is known of the source of a recipe besides its pixels. */
export interface SourceFacts {
  /** The point of interest that is stored with the image: fractions of width and height from the top left. */
  readonly focalPoint: FocalPoint | null;
}

interface TransformOptions<Declared, A, Settings> {
  /** Letters and digits, begins with a small letter. The name in URLs. */
  readonly name: string;
  /** A whole number from 1: raise it when the same arguments give other pixels. Part of every derivative key. */
  readonly version: number;
  /** One line for the catalogue, such as `Tones the image brown`. */
  readonly summary: string;
  readonly params: Declared;
  /** Steps as in a URL, such as `sepia=0.8`, that show what it does: for the catalogue, the documentation and tests. */
  readonly examples?: readonly string[];
  /** Names that it had before, without namespace. They are understood, and callers are told that they are deprecated. */
  readonly aliases?: readonly string[];
  /** What to use instead: callers of the transform are told that it is deprecated. */
  readonly deprecated?: string;
  /** The parameter which an argument without a name stands for, or a {@linkcode box}. */
  readonly shorthand?: string | BoxShorthand;
  /**
   * Gives the arguments that only the source knows, before the result gets its key. Pure.
   *
   * @example a gravity of `focal` becomes the coordinates of the stored focal point
   */
  complete?(args: A, source: SourceFacts, ...context: Given<Settings>): Readonly<Record<string, ParamValue>>;
  /**
   * Refuses combinations of arguments that are wrong for every image. Each argument alone has been checked already.
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
   * The stages of all that `apply` calls, in its order; none for a step that changes nothing. It then shares a sharp instance
   * with its neighbours where sharp keeps to the caller's order, and returns the instance that it got. A step of stage `scale`
   * alone does nothing but `image.resize(output.width, output.height, { fit: "fill", kernel })` with the sizes of its context:
   * these may be swapped, as a shrink is moved before mirrors and quarter turns. Omitted, or `null`: pixels are computed before and
   * after.
   */
  readonly stage?: StageName | readonly StageName[] | StagesOf<A, Settings>;
  /** `all`: gives the same when all frames of an animation are one tall image. Omitted: runs frame by frame. */
  readonly frames?: "all" | FramesOf<A, Settings>;
  /**
   * Predicts the size of the result; omitted: that of the input; `unknown`: known only afterwards. Pure.
   *
   * @throws {ProgImageError} `invalid_parameter` for what cannot be done to an image of this size
   */
  size?(size: Size, args: A, ...context: Given<Settings>): Size | "unknown";
  /**
   * Gives the size that the whole image may be scaled down to before this step without a visible loss, so that results of
   * several sizes can share one decode. Omitted, or not smaller than the image: there is none. Pure.
   */
  scaledSize?(size: Size, args: A, ...context: Given<Settings>): Size;
  /** Calls sharp's operations. Throws only on defects: what a caller can do wrong is for `check` and `size` to refuse. */
  apply(image: Sharp, args: A, context: StepContext<Known<Settings>>): Sharp | Promise<Sharp>;
}

/** A transform that sets how the result is encoded, wherever it is written in a recipe. */
export interface OutputTransform<
  Declared = Params,
  A = Arguments,
  Settings = Unknown,
> extends TransformOptions<Declared, A, Settings> {
  readonly stage: "output";
  /**
   * Gives changed settings. Pure.
   *
   * @throws {ProgImageError} `invalid_parameter` for what the format cannot do
   */
  encode(
    settings: EncodeSettings,
    args: A,
    format: OutputFormat,
    ...context: Given<Settings>
  ): EncodeSettings;
}

/** A transform, whatever it does. */
export type Transform = PixelTransform | OutputTransform;

/**
 * Declares a transform. The types of its arguments follow from `params`.
 *
 * @param _settings The declaration of its plugin's settings, from which the type of `context.settings` follows.
 */
export function defineTransform<const Declared extends Params, const Settings extends Params = NoParams>(
  transform:
    | PixelTransform<Declared, ArgumentsOf<Declared>, ArgumentsOf<Settings>>
    | OutputTransform<Declared, ArgumentsOf<Declared>, ArgumentsOf<Settings>>,
  _settings?: Settings,
): Transform {
  return transform as unknown as Transform;
}

type NoParams = Readonly<Record<never, never>>;

/** Tells a transform that sets the encoding from one of pixels. */
export function isOutputTransform(transform: Transform): transform is OutputTransform {
  return transform.stage === "output";
}

/** Gives the stages of a step, or `null` where they are not declared. */
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

/** Tells whether a step may run on all frames of an animation at once. */
export function runsOnAllFrames(transform: PixelTransform, args: Arguments, sizes: StepSizes): boolean {
  const { frames } = transform;
  return (typeof frames === "function" ? frames(args, sizes) : frames) === "all";
}
