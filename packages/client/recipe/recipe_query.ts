import { LENGTH_PARAMS, SHORTHANDS } from "./built_in_params.ts";
import { decimalOf } from "./decimal.ts";
import { writeLiteral } from "./literal_text.ts";
import { memberText } from "./member_text.ts";
import { allSteps, givenParams, type Recipe, type Step } from "./recipe.ts";

/** Names that the URL grammar takes for names wherever they stand. */
const PARAM_REGEXP = /^[a-z][A-Za-z0-9]*$/;
/** What the grammar reads as a parameter, or as JSON, at the beginning of a step. */
const AMBIGUOUS_REGEXP = /^(?:[a-z][A-Za-z0-9]*:|\{)/;
const SIDE_REGEXP = /^(?:\d[\d.]*(?:pct)?)?$/;

/**
 * Writes all of a recipe but its format as the query of an image's URL, without the `?`: `resize=320x240&rotate=90`.
 *
 * @throws {TypeError} if a value cannot be sent
 */
export function recipeQuery(recipe: Recipe): string {
  return allSteps(recipe).map(writeStep).join("&");
}

/** Gives the extension of files of a format, as URLs name it. */
export function extensionOf(format: string): string {
  return format === "jpeg" ? "jpg" : format;
}

function writeStep(step: Step): string {
  const { transform } = step;
  const given = givenParams(step).map((param) => withPlainLength(transform, param));
  const name = encode(transform);
  if (transform === "preset") return `preset=${encode(String(step.params["name"]))}`;
  if (given.length === 0) return name;
  const value = given.every(isPlain)
    ? writePlain(transform, given)
    : JSON.stringify(Object.fromEntries(given));
  return `${name}=${encode(value)}`;
}

/** `50%` is `50pct`, which needs no percent-encoding. */
function withPlainLength(transform: string, [name, value]: Given[number]): Given[number] {
  const isLength = Object.hasOwn(LENGTH_PARAMS, transform) && LENGTH_PARAMS[transform]?.includes(name);
  return [name, isLength && typeof value === "string" ? value.replace(/^([+-]?[\d.]+)%$/, "$1pct") : value];
}

type Given = readonly (readonly [name: string, value: unknown])[];

/** The shorthand, then the others. A name alone is a yes, but not at the beginning, where it would be the shorthand. */
function writePlain(transform: string, given: Given): string {
  const short = writeShorthand(transform, new Map(given));
  const parts = given
    .filter(([name]) => !short?.names.includes(name))
    .map(([name, value], index) =>
      value === true && (short || index > 0) ? name : `${name}:${plainText(value)}`,
    );
  return [...(short ? [short.text] : []), ...parts].join(",");
}

/** Gives what stands at the beginning, and the parameters that it sets; `null` for nothing. */
function writeShorthand(
  transform: string,
  given: ReadonlyMap<string, unknown>,
): { readonly text: string; readonly names: readonly string[] } | null {
  const names = Object.hasOwn(SHORTHANDS, transform) ? (SHORTHANDS[transform] ?? []) : [];
  if (!names.some((name) => given.has(name))) return null;
  const [text = "", height] = names.map((name) => (given.has(name) ? plainText(given.get(name)) : ""));
  if (height === undefined)
    return { text: AMBIGUOUS_REGEXP.test(text) ? `${names[0]}:${text}` : text, names };
  return SIDE_REGEXP.test(text) && SIDE_REGEXP.test(height) ? { text: `${text}x${height}`, names } : null;
}

/** Texts that the grammar would divide or read as something else are escaped. */
function plainText(value: unknown): string {
  if (typeof value === "number") return decimalOf(value);
  if (typeof value === "object") return memberText(value) ?? "";
  return typeof value === "string" && /^[~\\]|^$|,/.test(value) ? writeLiteral(value) : String(value);
}

/** Whether `key:value` can hold it. Objects but points, lists of lists, and nothing need JSON. */
function isPlain([name, value]: Given[number]): boolean {
  if (!PARAM_REGEXP.test(name)) return false;
  if (typeof value === "object") return memberText(value) !== null;
  return typeof value === "string" ? value.isWellFormed() : ["number", "boolean"].includes(typeof value);
}

/** Percent-encodes all but what keeps URLs readable. The apostrophe is encoded as a browser would do it: URLs stay as they are. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/%(?:3A|2C|3B|40|2F)/g, decodeURIComponent)
    .replaceAll("'", "%27");
}
