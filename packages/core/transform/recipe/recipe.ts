import type { OutputFormat } from "../output/formats.ts";

/** A value of a parameter once it was read: what JSON can hold. */
export type ParamValue =
  string | number | boolean | null | readonly ParamValue[] | { readonly [key: string]: ParamValue };

/** One transform with its arguments. */
export interface Step {
  readonly transform: string;
  /** Canonical: every default filled in, numbers normalised, keys in the order of the declaration. */
  readonly params: Readonly<Record<string, ParamValue>>;
}

/** What to do with an image, in the caller's order. Output steps come last. */
export interface Recipe {
  readonly steps: readonly Step[];
  /** `null` leaves the format to the extension, the `Accept` header or the source. */
  readonly format: OutputFormat | null;
}
