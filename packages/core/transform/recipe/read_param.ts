import { ProgImageError } from "../../error.ts";
import { readColor } from "../values/color.ts";
import { readImageReference } from "../values/image_reference.ts";
import { type Length, MOST_PER_CENT, perCentOf, readPerCent } from "../values/length.ts";
import { quote } from "./names.ts";
import type { LengthParam, ListParam, Param } from "../contract/param.ts";
import { canonicalPoint, pointFromText, pointRange } from "../values/point.ts";
import type { ParamValue } from "./recipe.ts";
import { suggestionFor } from "./suggestion.ts";

/** The parameter that is read, for messages. */
export interface ParamPlace {
  /** The name of the parameter. */
  readonly name: string;
  /** The name of its transform. */
  readonly transform: string;
}

const DECIMAL_REGEXP = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const DEFAULT_TEXT_LENGTH = 1000;

/**
 * Reads the value of a parameter from a URL.
 *
 * @returns the value in canonical form
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readParamText(param: Param, text: string, place: ParamPlace): ParamValue {
  return read(param, fromText(param, text), text, place);
}

/**
 * Reads the value of a parameter from JSON.
 *
 * @returns the value in canonical form
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readParamJson(param: Param, json: unknown, place: ParamPlace): ParamValue {
  return read(param, json, json, place);
}

/** Describes the values that a parameter accepts, to follow "must be". */
export function describeParam(param: Param): string {
  switch (param.kind) {
    case "number":
      return `a number${range(param)}${orWords(param)}`;
    case "integer":
      return `an integer${range(param)}${orWords(param)}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${param.values.join(", ")}`;
    case "color":
      return "a CSS colour name, or 3, 4, 6 or 8 hexadecimal digits";
    case "length":
      return `a length of pixels${range(param)}, or of per cent up to ${MOST_PER_CENT}, such as 50% or 50pct`;
    case "text":
      return `a text of at most ${param.maxLength ?? DEFAULT_TEXT_LENGTH} characters`;
    case "image":
      return "the id of an image, an http or https URL, or @ and the name of a part";
    case "point": {
      const { min, max } = pointRange(param);
      return `a point such as 0.5x0.3, its x and y from ${min} to ${max}`;
    }
    case "list": {
      const { of, min = 0, max } = param;
      return `a list of ${min > 0 ? `${min} to` : "at most"} ${max}, by semicolons in a URL, each ${describeParam(of)}`;
    }
  }
}

function fromText(param: Param, text: string): unknown {
  switch (param.kind) {
    case "number":
    case "integer":
      return param.words?.includes(text) ? text : DECIMAL_REGEXP.test(text) ? Number(text) : undefined;
    case "length":
      return DECIMAL_REGEXP.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "point":
      return pointFromText(text);
    case "list":
      return text === "" ? [] : text.split(";", param.max + 1).map((member) => fromText(param.of, member));
    default:
      return text;
  }
}

function read(param: Param, value: unknown, found: unknown, { name, transform }: ParamPlace): ParamValue {
  const canonical = canonicalValue(param, value);
  if (canonical !== undefined) return canonical;
  const message = `Cannot read parameter "${name}" of "${transform}" as it must be ${describeParam(param)}: it is ${quote(found)}`;
  const known = param.kind === "choice" ? param.values : undefined;
  const suggestion = known && typeof found === "string" ? suggestionFor(found, known) : undefined;
  throw new ProgImageError("invalid_parameter", message, {
    details: { parameter: name, ...(known && { known }), ...(suggestion && { suggestion }) },
  });
}

function canonicalValue(param: Param, value: unknown): ParamValue | undefined {
  switch (param.kind) {
    case "number":
    case "integer": {
      if (typeof value === "string" && param.words?.includes(value)) return value;
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      if (param.kind === "integer" && !Number.isSafeInteger(value)) return undefined;
      const { min = -Infinity, max = Infinity } = param;
      // Adding zero turns -0 into 0.
      return value >= min && value <= max ? value + 0 : undefined;
    }
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "choice":
      // In JSON, a number stands for its digits.
      return param.values.find(
        (word) => word === value || (typeof value === "number" && word === String(value)),
      );
    case "color":
      return typeof value === "string" ? (readColor(value) ?? undefined) : undefined;
    case "length":
      return readLength(value, param) ?? undefined;
    case "text":
      return typeof value === "string" && isPlainText(value, param.maxLength ?? DEFAULT_TEXT_LENGTH)
        ? value
        : undefined;
    case "image":
      return typeof value === "string" ? (readImageReference(value) ?? undefined) : undefined;
    case "point":
      return canonicalPoint(value, param);
    case "list":
      return canonicalList(value, param);
  }
}

/** Per cent may be negative or zero only if pixels may be too. */
function readLength(value: unknown, { min = -Infinity, max = Infinity }: LengthParam): Length | null {
  if (typeof value === "number") return value >= min && value <= max ? value + 0 : null;
  const length = typeof value === "string" ? readPerCent(value) : null;
  const perCent = length === null ? null : perCentOf(length);
  if (perCent === null || Math.abs(perCent) > MOST_PER_CENT) return null;
  return perCent > 0 || (perCent < 0 && min < 0) || (perCent === 0 && min <= 0) ? length : null;
}

function canonicalList(value: unknown, { of, min = 0, max }: ListParam): ParamValue | undefined {
  if (!Array.isArray(value) || value.length < min || value.length > max) return undefined;
  const members = value.map((member: unknown) => canonicalValue(of, member));
  return members.includes(undefined) ? undefined : (members as ParamValue[]);
}

/** Rejects lone surrogates, which no URL can hold, and NUL, which ends strings in C. */
function isPlainText(value: string, maxLength: number): boolean {
  return value.length <= maxLength && value.isWellFormed() && !value.includes("\0");
}

function range({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

function orWords({ words = [] }: { readonly words?: readonly string[] }): string {
  return words.map((word) => `, or ${word}`).join("");
}
