import type { Length } from "../values/length.ts";
import type { Point, PointRange } from "../values/point.ts";
import type { ParamValue } from "../recipe/recipe.ts";

/** The options that all declarations share. A parameter without `default` and `optional` is required. */
interface ParamOptions<Value> {
  /** The effect of the value, for the catalogue. */
  readonly summary?: string;
  /** The value if none is given. */
  readonly default?: Value;
  /** Whether the parameter may be omitted although it has no default; the transform then receives `undefined`. */
  readonly optional?: true;
  /** Its earlier names. They are still accepted, and callers are told that they are deprecated. */
  readonly aliases?: readonly string[];
  /** The replacement: callers that use the parameter are told that it is deprecated. */
  readonly deprecated?: string;
}

/** Options for {@linkcode number} and {@linkcode integer}. Limits are inclusive. */
export interface NumberOptions extends ParamOptions<number | string> {
  readonly min?: number;
  readonly max?: number;
  /** Words that are accepted besides numbers, such as `auto`. */
  readonly words?: readonly string[];
}

/** Options for {@linkcode length}. Limits are inclusive and in pixels. */
export interface LengthOptions extends ParamOptions<Length> {
  readonly min?: number;
  readonly max?: number;
}

/** Options for {@linkcode text}. */
export interface TextOptions extends ParamOptions<string> {
  /** The most characters (UTF-16 units) that it may have. @default {1000} */
  readonly maxLength?: number;
  /** Whether a plugin's setting is secret: its value never appears in a message. */
  readonly secret?: true;
}

/** A finite number. */
export interface NumberParam extends NumberOptions {
  readonly kind: "number";
}
/** A whole number. */
export interface IntegerParam extends NumberOptions {
  readonly kind: "integer";
}
/** True or false. */
export interface BooleanParam extends ParamOptions<boolean> {
  readonly kind: "boolean";
}
/** One of several words. */
export interface ChoiceParam extends ParamOptions<string> {
  readonly kind: "choice";
  readonly values: readonly string[];
}
/** A colour as `rrggbb` or `rrggbbaa` in lower case. */
export interface ColorParam extends ParamOptions<string> {
  readonly kind: "color";
}
/** Pixels, or per cent of the image's width or height. */
export interface LengthParam extends LengthOptions {
  readonly kind: "length";
}
/** Any text. */
export interface TextParam extends TextOptions {
  readonly kind: "text";
}
/**
 * Another image: its id, or `@` and the name of a part of the form. Requests that include their source may also use an http(s) URL. `apply`
 * finds the opened image in `context.images`.
 */
export interface ImageParam extends ParamOptions<never> {
  readonly kind: "image";
}

/** Options for {@linkcode point}. Limits are inclusive, for both coordinates. */
export interface PointOptions extends ParamOptions<Point>, PointRange {}

/** A position in an image. */
export interface PointParam extends PointOptions {
  readonly kind: "point";
}

/** The declaration of a list's members: one of these kinds with its limits. */
export type MemberParam =
  NumberParam | IntegerParam | BooleanParam | ChoiceParam | ColorParam | LengthParam | PointParam;

/** Options for {@linkcode list}. */
export interface ListOptions extends ParamOptions<readonly ParamValue[]> {
  /** The most members that it may have. */
  readonly max: number;
  /** The fewest members that it must have. @default {0} */
  readonly min?: number;
}

/** Several values of one kind. */
export interface ListParam extends ListOptions {
  readonly kind: "list";
  readonly of: MemberParam;
}

/** The declaration of a parameter: plain data, from which reading, limits, messages, schemas and types are derived. */
export type Param = MemberParam | TextParam | ImageParam | ListParam;

/** The parameters of a transform by their names. */
export type Params = Readonly<Record<string, Param>>;

/** The type of a parameter's value after it is read. */
export type ValueOf<P> = P extends { readonly kind: "number" | "integer" }
  ? P extends { readonly words: readonly (infer Word)[] }
    ? number | Word
    : number
  : P extends { readonly kind: "boolean" }
    ? boolean
    : P extends { readonly kind: "choice"; readonly values: readonly (infer Value)[] }
      ? Value
      : P extends { readonly kind: "length" }
        ? Length
        : P extends { readonly kind: "point" }
          ? Point
          : P extends { readonly kind: "list"; readonly of: infer Member }
            ? readonly ValueOf<Member>[]
            : string;

/** The type of the arguments of a declaration. */
export type ArgumentsOf<P> = {
  readonly [Name in keyof P]: P[Name] extends { readonly optional: true }
    ? ValueOf<P[Name]> | undefined
    : ValueOf<P[Name]>;
};

/** Declares a finite number. */
export function number<const Options extends NumberOptions>(options?: Options): NumberParam & Options {
  return { kind: "number", ...options } as NumberParam & Options;
}

/** Declares a whole number. */
export function integer<const Options extends NumberOptions>(options?: Options): IntegerParam & Options {
  return { kind: "integer", ...options } as IntegerParam & Options;
}

/** Declares a boolean. In a URL its name alone means true. */
export function boolean<const Options extends ParamOptions<boolean>>(
  options?: Options,
): BooleanParam & Options {
  return { kind: "boolean", ...options } as BooleanParam & Options;
}

/** Declares a choice of words. */
export function choice<
  const Values extends readonly string[],
  const Options extends ParamOptions<Values[number]>,
>(values: Values, options?: Options): { readonly kind: "choice"; readonly values: Values } & Options {
  return { kind: "choice", values, ...options } as {
    readonly kind: "choice";
    readonly values: Values;
  } & Options;
}

/** Declares a colour: a CSS name, or 3, 4, 6 or 8 hexadecimal digits. Its default is canonical: `rrggbb` or `rrggbbaa`. */
export function color<const Options extends ParamOptions<string>>(options?: Options): ColorParam & Options {
  return { kind: "color", ...options } as ColorParam & Options;
}

/**
 * Declares a length: pixels, or per cent of the image's width or height, written `120`, `50%` or `50pct`. `pixelsOf` converts it to pixels.
 * Other shares are numbers from 0 to 1.
 */
export function length<const Options extends LengthOptions>(options?: Options): LengthParam & Options {
  return { kind: "length", ...options } as LengthParam & Options;
}

/** Declares a text. */
export function text<const Options extends TextOptions>(options?: Options): TextParam & Options {
  return { kind: "text", ...options } as TextParam & Options;
}

/** Declares another image. */
export function image<const Options extends Omit<ParamOptions<never>, "default">>(
  options?: Options,
): ImageParam & Options {
  return { kind: "image", ...options } as ImageParam & Options;
}

/**
 * Declares a position: `0.5x0.3` in a URL, `{ "x": 0.5, "y": 0.3 }` in JSON. By default its coordinates are shares of width and height from
 * the top left, from 0 to 1.
 */
export function point<const Options extends PointOptions>(options?: Options): PointParam & Options {
  return { kind: "point", ...options } as PointParam & Options;
}

/**
 * Declares several values of one kind: `a;b` in a URL, an array in JSON. Only the limits of the member's declaration are used.
 *
 * @example `list(color(), { min: 2, max: 16 })`
 */
export function list<const Member extends MemberParam, const Options extends ListOptions>(
  of: Member,
  options: Options,
): { readonly kind: "list"; readonly of: Member } & Options {
  return { kind: "list", of, ...options };
}

/** Whether a parameter must be given. */
export function isRequired(param: Param | undefined): boolean {
  return param !== undefined && param.default === undefined && !param.optional;
}

/** A shorthand for two parameters: `300x200`, `300x` or `x200`. */
export interface BoxShorthand {
  readonly kind: "box";
  /** The parameter whose value is before the `x`. */
  readonly width: string;
  /** The parameter whose value is after the `x`. */
  readonly height: string;
}

/**
 * Declares the shorthand `WxH`, `Wx`, `xH` for the parameters `width` and `height`, or for others. If both are required, `100` is a square.
 */
export function box(width = "width", height = "height"): BoxShorthand {
  return { kind: "box", width, height };
}
