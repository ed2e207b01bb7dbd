import type { Static, TSchema } from "@sinclair/typebox";
import { isProgImageError, ProgImageError } from "../error.ts";
import { quote } from "../transform/recipe/names.ts";
import { suggestionFor } from "../transform/recipe/suggestion.ts";
import { type Fault, faultFinderOf, has } from "./fault_finder.ts";
import { counted, phraseOf, wordsOf } from "./shape_phrase.ts";

/** Options for {@linkcode readShape}. */
export interface ReadShapeOptions {
  /** The path of the value in the request, such as `attributes`. @default {""} at the top of it */
  readonly path?: string;
  /** Names besides those of the shape, which the caller has already read. Messages list them as known. */
  readonly beside?: readonly string[];
}

/**
 * Checks an untrusted value and returns it with the type of the shape. Nothing is copied or filled in.
 *
 * @throws {ProgImageError} `unknown_parameter`; `conflicting_parameters` for two that exclude each other; or `invalid_parameter`, whose
 * `parameter` is the path of the fault, such as `attributes/tags/3`
 */
export function readShape<S extends TSchema>(
  shape: S,
  value: unknown,
  { path = "", beside = [] }: ReadShapeOptions = {},
): Static<S> {
  const fault = faultFinderOf(shape)(value);
  if (!fault) return value as Static<S>;
  const parameter = pathOf(path, fault.path);
  switch (fault.kind) {
    case "unknown":
      throw unknownName(parameter, fault, fault.path.length === 1 ? beside : []);
    case "not one":
      throw notOne(parameter, fault);
    default:
      throw wrongValue(parameter, fault);
  }
}

const LONGEST_NAME = 64;

/** Returns a path as a JSON Pointer without its first slash. @see https://www.rfc-editor.org/rfc/rfc6901 */
export function pathOf(start: string, inwards: readonly (number | string)[]): string {
  return inwards.reduceRight<string>((path, step) => {
    const name = String(step).slice(0, LONGEST_NAME).toWellFormed();
    return belowPath(path, name.replaceAll("~", "~0").replaceAll("/", "~1"));
  }, start);
}

/** Appends an inner path to an outer one. */
function belowPath(path: string, inner: string): string {
  return path === "" ? inner : `${path}/${inner}`;
}

/** Reads a part of a request. Errors of the reader get the whole path of the fault. @throws {ProgImageError} as the reader does */
export function readPart<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isProgImageError(error)) throw error;
    const { code, message, cause, details } = error;
    const parameter = details.parameter === undefined ? path : belowPath(path, details.parameter);
    throw new ProgImageError(code, message, { cause, details: { ...details, parameter } });
  }
}

function unknownName(parameter: string, { path, shape }: Fault, beside: readonly string[]): ProgImageError {
  const known = [...beside, ...Object.keys(shape.properties ?? {})];
  const suggestion = suggestionFor(String(path[0]), known);
  const message = `Cannot read ${shown(parameter)}: there is no field of this name, only ${known.join(", ")}`;
  return new ProgImageError("unknown_parameter", message, {
    details: { parameter, known, ...(suggestion !== undefined && { suggestion }) },
  });
}

/** Returns the error if none of several properties is given, or if two of them exclude each other. */
function notOne(parameter: string, { shape, found }: Fault): ProgImageError {
  const known = shape["x-oneOf"] ?? [];
  const given = known.filter((name) => has(found as object, name));
  const message = `Cannot read ${shown(parameter)} as it must have exactly one of ${known.join(", ")}: it has ${given.join(" and ") || "none"}`;
  const code = given.length === 0 ? "invalid_parameter" : "conflicting_parameters";
  return new ProgImageError(code, message, { details: { parameter, known } });
}

function wrongValue(parameter: string, { shape, found, measure }: Fault): ProgImageError {
  const isIt = measure ? `has ${counted(measure.amount, measure.unit)}` : `is ${shortForm(found)}`;
  const words = wordsOf(shape);
  const suggestion = typeof found === "string" ? suggestionFor(found, words) : undefined;
  return new ProgImageError(
    "invalid_parameter",
    `Cannot read ${shown(parameter)} as it must be ${phraseOf(shape)}: it ${isIt}`,
    {
      details: {
        parameter,
        ...(measure && measure.amount > measure.limit && { limit: measure.limit }),
        ...(words.length > 0 && { known: words }),
        ...(suggestion !== undefined && { suggestion }),
      },
    },
  );
}

/** Quotes unusual paths, because callers choose the names in them. */
function shown(parameter: string): string {
  return parameter === "" ? "the request" : /^[\w./-]+$/.test(parameter) ? parameter : quote(parameter);
}

function shortForm(found: unknown): string {
  if (found === undefined) return "missing";
  if (Array.isArray(found)) return `a list of ${counted(found.length, "item")}`;
  return typeof found === "object" && found !== null ? "an object" : quote(found);
}
