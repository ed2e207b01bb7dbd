import type { WrittenRequest } from "./call_service.ts";
import { decimalOf } from "./decimal.ts";
import type { OutputFormat } from "./image.ts";
import { ImageParts } from "./image_parts.ts";
import type { ImageSource } from "./image_source.ts";
import { memberText } from "./member_text.ts";
import { givenParams, referInStep, type Step } from "./recipe.ts";
import type { IdempotentOptions } from "./upload.ts";

/** Options for {@linkcode ProgImage.transform}. */
export interface TransformOptions extends IdempotentOptions {
  /** `auto` is the best that the client's `Accept` names. @default {the source's own} */
  readonly format?: OutputFormat | "auto";
  /** Stores the result as an image. @default {false} */
  readonly save?: boolean;
}

/** Writes the request to the service that a transform is. */
export function writeTransform(
  source: ImageSource,
  step: Step,
  { format, save }: TransformOptions,
): WrittenRequest {
  const { transform } = step;
  if (!/^[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)?$/.test(transform))
    throw new TypeError(`Cannot use ${JSON.stringify(transform)} as the name of a transform`);
  const parts = new ImageParts([source]);
  const [reference] = parts.references;
  const json = Object.fromEntries([
    ...givenParams(referInStep(step, parts.refer)),
    ...(reference === undefined ? [] : [["source", reference]]),
    ...(format === undefined ? [] : [["format", format]]),
    ...(save ? [["save", true]] : []),
  ]);
  const texts = Object.entries(json).filter(([, value]) => value !== null);
  const fields = new URLSearchParams(texts.map(([name, value]) => [name, textOf(value)]));
  // The names of files, after which results are called, stand in forms only.
  return { path: `/transforms/${transform}`, parts, json, fields, query: save ? null : String(fields) };
}

/** Numbers are decimal in URLs and forms. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return decimalOf(value);
  return memberText(value) ?? JSON.stringify(value);
}
