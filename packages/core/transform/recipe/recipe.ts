import type { OutputFormat } from "../output/formats.ts";

/** A value of a parameter after it is read: any JSON value. */
export type ParamValue =
  string | number | boolean | null | readonly ParamValue[] | { readonly [key: string]: ParamValue };

/** One transform with its arguments. */
export interface Step {
  readonly transform: string;
  /** In canonical form: with all defaults, normalised numbers, and keys in declared order. */
  readonly params: Readonly<Record<string, ParamValue>>;
}

/** The processing of an image, in the caller's order. Output steps come last. */
export interface Recipe {
  readonly steps: readonly Step[];
  /** `null` leaves the format to the extension, the `Accept` header or the source. */
  readonly format: OutputFormat | null;
}
