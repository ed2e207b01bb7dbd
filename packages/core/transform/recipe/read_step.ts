import { ProgImageError } from "../../error.ts";
import { quote } from "./names.ts";
import type { Param, Params } from "../contract/param.ts";
import { readParamJson, readParamText } from "./read_param.ts";
import type { ParamValue, Step } from "./recipe.ts";
import { suggestionFor } from "./suggestion.ts";
import type { Transform } from "../contract/transform.ts";

/** Arguments as they are written: texts of a URL, or values of JSON. */
export type WrittenArguments = ReadonlyMap<string, WrittenArgument>;

/** One argument as it is written. */
export type WrittenArgument = { readonly text: string } | { readonly json: unknown };

/** Called for each use of a deprecated word: a deprecated transform or parameter, or an earlier name of one. */
export type OnDeprecated = (use: DeprecatedUse) => void;

/** A word that is deprecated. */
export interface DeprecatedUse {
  /** The word as it is written; a parameter follows the name of its transform. */
  readonly word: string;
  /** The current word, or other advice for its replacement. */
  readonly instead: string;
}

/** Options for {@linkcode readStep}. */
export interface ReadStepOptions {
  /** The name by which the caller named the transform. @default {its name} */
  readonly calledAs?: string;
  readonly onDeprecated?: OnDeprecated;
}

/**
 * Reads the arguments of one step. Returns all of them under their current names, in declared order, with defaults filled in.
 *
 * @throws {ProgImageError} `unknown_parameter`, `invalid_parameter`
 */
export function readStep(
  transform: Transform,
  writtenArguments: WrittenArguments,
  { calledAs, onDeprecated }: ReadStepOptions = {},
): Step {
  const { name, params, aliases, deprecated } = transform;
  const uses: DeprecatedUse[] = [];
  if (deprecated !== undefined) uses.push({ word: name, instead: deprecated });
  if (calledAs !== undefined && aliases?.includes(calledAs)) uses.push({ word: calledAs, instead: name });
  const written = underPresentNames(transform, writtenArguments, uses);
  const entries: [string, ParamValue][] = [];
  for (const [key, param] of Object.entries(params)) {
    const argument = written.get(key);
    if (argument !== undefined) {
      if (param.deprecated !== undefined) uses.push({ word: `${name} ${key}`, instead: param.deprecated });
      const place = { name: key, transform: name };
      entries.push([
        key,
        "text" in argument
          ? readParamText(param, argument.text, place)
          : readParamJson(param, argument.json, place),
      ]);
    } else if (param.default !== undefined) {
      entries.push([key, param.default]);
    } else if (!param.optional) {
      const message = `Cannot read "${name}" as parameter "${key}" is missing`;
      throw new ProgImageError("invalid_parameter", message, { details: { parameter: key } });
    }
  }
  const step: Step = { transform: name, params: Object.fromEntries(entries) };
  transform.check?.(step.params);
  if (onDeprecated) uses.forEach(onDeprecated);
  return step;
}

/** Returns the arguments themselves if none has an earlier name. */
function underPresentNames(
  transform: Transform,
  written: WrittenArguments,
  uses: DeprecatedUse[],
): WrittenArguments {
  const { name, params } = transform;
  let renamed: Map<string, WrittenArgument> | null = null;
  for (const key of written.keys()) {
    if (Object.hasOwn(params, key)) continue;
    const present = Object.keys(params).find((each) => params[each]?.aliases?.includes(key));
    if (present === undefined) throw unknownParameter(key, transform);
    renamed ??= new Map(written);
    if (renamed.has(present)) {
      const message = `Cannot read "${name}" as parameter "${present}" is given twice: ${quote(key)} is its earlier name`;
      throw new ProgImageError("invalid_parameter", message, { details: { parameter: present } });
    }
    renamed.set(present, renamed.get(key) as WrittenArgument);
    renamed.delete(key);
    uses.push({ word: `${name} ${key}`, instead: `${name} ${present}` });
  }
  return renamed ?? written;
}

function unknownParameter(key: string, { name, params }: Transform): ProgImageError {
  const known = Object.keys(params);
  const suggestion = suggestionFor(key, known);
  const hint = suggestion
    ? `: did you mean "${suggestion}"?`
    : known.length > 0
      ? `: it has ${known.join(", ")}`
      : ": it has none";
  return new ProgImageError(
    "unknown_parameter",
    `Cannot read "${name}" as it has no parameter ${quote(key)}${hint}${literalHint(params)}`,
    {
      details: { parameter: key.slice(0, 40), known, ...(suggestion && { suggestion }) },
    },
  );
}

/** Shorter texts, such as proportions, have no commas. */
const SHORT_TEXT = 40;

/** In a URL, commas divide a text into parameters. */
function literalHint(params: Params): string {
  const isSentence = (param: Param) => param.kind === "text" && (param.maxLength ?? Infinity) > SHORT_TEXT;
  return Object.values(params).some(isSentence)
    ? '; in a URL a text with commas or colons is written as "~" and its base64url'
    : "";
}
