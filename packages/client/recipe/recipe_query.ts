import { LENGTH_PARAMS, SHORTHANDS } from "./built_in_params.ts";
import { decimalOf } from "./decimal.ts";
import { writeLiteral } from "./literal_text.ts";
import { memberText } from "./member_text.ts";
import { allSteps, givenParams, type Recipe, type Step } from "./recipe.ts";

/** Names that the URL grammar always reads as names. */
const PARAM_REGEXP = /^[a-z][A-Za-z0-9]*$/;
/** Beginnings of a step that the grammar reads as a parameter or as JSON. */
const AMBIGUOUS_REGEXP = /^(?:[a-z][A-Za-z0-9]*:|\{)/;
const SIDE_REGEXP = /^(?:\d[\d.]*(?:pct)?)?$/;

/**
 * Writes a recipe except its format as the query of an image's URL, without the `?`: `resize=320x240&rotate=90`.
 *
 * @throws {TypeError} if a value cannot be sent
 */
export function recipeQuery(recipe: Recipe): string {
  return allSteps(recipe).map(writeStep).join("&");
}

/** Returns the file extension of a format in URLs. */
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

/** Writes `50%` as `50pct`, which needs no percent-encoding. */
function withPlainLength(transform: string, [name, value]: Given[number]): Given[number] {
  const isLength = Object.hasOwn(LENGTH_PARAMS, transform) && LENGTH_PARAMS[transform]?.includes(name);
  return [name, isLength && typeof value === "string" ? value.replace(/^([+-]?[\d.]+)%$/, "$1pct") : value];
}

type Given = readonly (readonly [name: string, value: unknown])[];

/** Writes the shorthand, then the other parameters. A name alone means true, except at the beginning, where it would be the shorthand. */
function writePlain(transform: string, given: Given): string {
  const short = writeShorthand(transform, new Map(given));
  const parts = given
    .filter(([name]) => !short?.names.includes(name))
    .map(([name, value], index) =>
      value === true && (short || index > 0) ? name : `${name}:${plainText(value)}`,
    );
  return [...(short ? [short.text] : []), ...parts].join(",");
}

/** Returns the text of the shorthand and the parameters that it sets; `null` if there is none. */
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

/** Returns the text of a value. Texts that the grammar would split or misread are escaped. */
function plainText(value: unknown): string {
  if (typeof value === "number") return decimalOf(value);
  if (typeof value === "object") return memberText(value) ?? "";
  return typeof value === "string" && /^[~\\]|^$|,/.test(value) ? writeLiteral(value) : String(value);
}

/** Whether `key:value` can express a parameter. Objects except points, lists of lists, and `null` need JSON. */
function isPlain([name, value]: Given[number]): boolean {
  if (!PARAM_REGEXP.test(name)) return false;
  if (typeof value === "object") return memberText(value) !== null;
  return typeof value === "string" ? value.isWellFormed() : ["number", "boolean"].includes(typeof value);
}

/**
 * Percent-encodes all characters except those that keep URLs readable. The apostrophe is encoded, as browsers would do it and change the
 * URL.
 */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/%(?:3A|2C|3B|40|2F)/g, decodeURIComponent)
    .replaceAll("'", "%27");
}
