import { ProgImageError } from "../../error.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { parseJson } from "../../parse_json.ts";
import { readLiteral, writeLiteral } from "./literal_text.ts";
import { quote } from "./names.ts";
import { type BoxShorthand, isRequired, type Param } from "../contract/param.ts";
import { readParamText } from "./read_param.ts";
import type { WrittenArgument, WrittenArguments } from "./read_step.ts";
import type { Transform } from "../contract/transform.ts";

const KEY_REGEXP = /^[a-z][A-Za-z0-9]*:/;
const LONGEST_EXAMPLE = 40;
const BOX_REGEXP = /^([\d.]*(?:%|pct)?)x([\d.]*(?:%|pct)?)$/;
const SIDE_REGEXP = /^\d[\d.]*(?:%|pct)?$/;

/**
 * Reads the decoded value of a step in a URL: `shorthand,key:value,flag`, or one JSON object. A value that begins with `~` is the base64url
 * of a text, which may contain every character of the grammar.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function parseUrlArguments(value: string, transform: Transform): WrittenArguments {
  if (value.startsWith("{")) return parseJsonArguments(value, transform);
  const written = new Map<string, WrittenArgument>();
  value.split(",").forEach((part, index) => {
    if (part === "") return;
    const isNamed = KEY_REGEXP.test(part);
    if (!isNamed && isName(part, index, transform)) return putFlag(written, part, transform);
    if (index === 0 && !isNamed) return putShorthand(written, part, transform);
    const colon = isNamed ? part.indexOf(":") : part.length;
    put(
      written,
      part.slice(0, colon),
      { text: isNamed ? textOf(part.slice(colon + 1), transform) : "true" },
      transform,
    );
  });
  return written;
}

/**
 * Reads arguments from a JSON object.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function jsonArguments(json: object): WrittenArguments {
  const given = Object.entries(json).filter(([, value]) => value !== null && value !== undefined);
  return new Map(given.map(([key, value]) => [key, { json: value as unknown }]));
}

function parseJsonArguments(text: string, transform: Transform): WrittenArguments {
  try {
    const what = `"${transform.name}", whose value begins with "{",`;
    return jsonArguments(parseJson(text, what, { maxDepth: DEFAULT_LIMITS.jsonDepth }) as object);
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

/** Decodes a value. At its beginning, `~` and `\` belong to the grammar. */
function textOf(value: string, { name }: Transform): string {
  if (!/^[~\\]/.test(value)) return value;
  const literal = value.startsWith("~") ? readLiteral(value) : null;
  if (literal !== null) return literal;
  const example = value.length <= LONGEST_EXAMPLE ? `, so ${quote(value)} is ${writeLiteral(value)}` : "";
  throw refusal(
    `Cannot read "${name}" as a value must not begin with "\\", and with "~" only before the base64url of a text in UTF-8${example}`,
  );
}

/** Whether a part is a parameter's name alone. At the beginning, it is not if the shorthand accepts it as a value. */
function isName(part: string, index: number, { params, shorthand }: Transform): boolean {
  if (!Object.hasOwn(params, part)) return false;
  const short = index === 0 && typeof shorthand === "string" ? params[shorthand] : undefined;
  return short === undefined || !accepts(short, part);
}

function accepts(param: Param, text: string): boolean {
  try {
    readParamText(param, text, { name: "", transform: "" });
    return true;
  } catch {
    return false;
  }
}

function putFlag(written: Map<string, WrittenArgument>, key: string, transform: Transform): void {
  if (transform.params[key]?.kind === "boolean") return put(written, key, { text: "true" }, transform);
  throw refusal(
    `Cannot read "${transform.name}" as parameter "${key}" has no value: write "${key}:" and its value`,
    key,
  );
}

function putShorthand(written: Map<string, WrittenArgument>, part: string, transform: Transform): void {
  const { name, shorthand } = transform;
  if (typeof shorthand === "string")
    return put(written, shorthand, { text: textOf(part, transform) }, transform);
  if (shorthand !== undefined) return putBox(written, part, shorthand, transform);
  throw refusal(
    `Cannot read "${name}" as it takes no argument without a name, write its parameters as name:value: it is ${quote(part)}`,
  );
}

/** If both sides are required, one number is a square. */
function putBox(
  written: Map<string, WrittenArgument>,
  part: string,
  { width, height }: BoxShorthand,
  transform: Transform,
): void {
  const { name, params } = transform;
  const needsBoth = isRequired(params[width]) && isRequired(params[height]);
  const square = needsBoth && SIDE_REGEXP.test(part) ? part : "";
  const [, wide = square, high = square] = BOX_REGEXP.exec(part) ?? [];
  if (wide === "" && high === "") {
    const hint = SIDE_REGEXP.test(part) ? `, did you mean "${part}x"?` : "";
    throw refusal(`Cannot read "${name}" as it must begin with WxH, Wx or xH: it is ${quote(part)}${hint}`);
  }
  if (needsBoth && (wide === "" || high === "")) {
    const missing = wide === "" ? width : height;
    throw refusal(
      `Cannot read "${name}" as its ${missing} is missing: a square is written "${wide}${high}"`,
      missing,
    );
  }
  if (wide !== "") put(written, width, { text: wide }, transform);
  if (high !== "") put(written, height, { text: high }, transform);
}

function put(
  written: Map<string, WrittenArgument>,
  key: string,
  argument: WrittenArgument,
  { name }: Transform,
): void {
  if (written.has(key))
    throw new ProgImageError(
      "conflicting_parameters",
      `Cannot read "${name}" as parameter ${quote(key)} is given twice`,
      { details: { parameter: key } },
    );
  written.set(key, argument);
}

function refusal(message: string, parameter?: string): ProgImageError {
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
