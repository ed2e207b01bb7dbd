import { memberText } from "./member_text.ts";
import { allSteps, givenParams, type Recipe, type Step } from "./recipe.ts";

/** Names that the URL grammar takes for names wherever they stand. */
const PARAM_REGEXP = /^[a-z][A-Za-z0-9]*$/;

/** Parameters that read better without their names: `rotate=90`. */
const SHORTHANDS: Readonly<Record<string, string>> = { rotate: "angle" };

/**
 * Writes all of a recipe but its format as the query of an image's URL, without the `?`: `resize=width:320,height:240&rotate=90`.
 *
 * @throws {TypeError} if a value cannot be sent
 */
export function recipeQuery(recipe: Recipe): string {
  const preset = recipe.preset === undefined ? [] : [`preset=${encode(recipe.preset)}`];
  return [...preset, ...allSteps(recipe).map(writeStep)].join("&");
}

function writeStep(step: Step): string {
  const { transform } = step;
  const given = givenParams(step);
  const name = encode(transform);
  if (given.length === 0) return name;
  const value = given.every(isPlain)
    ? writePlain(transform, given)
    : JSON.stringify(Object.fromEntries(given));
  return `${name}=${encode(value)}`;
}

/** `key:value` pairs; the shorthand, which only a number may take, comes first. */
function writePlain(transform: string, given: readonly (readonly [string, unknown])[]): string {
  const isShort = ([name, value]: readonly [string, unknown]): boolean =>
    typeof value === "number" && Object.hasOwn(SHORTHANDS, transform) && SHORTHANDS[transform] === name;
  const short = given.filter(isShort).map(([, value]) => String(value));
  const long = given
    .filter((param) => !isShort(param))
    .map(([name, value]) => `${name}:${typeof value === "object" ? memberText(value) : value}`);
  return [...short, ...long].join(",");
}

/** Whether `key:value` can hold it. Text with commas, exponents, objects but points, and nothing need JSON. */
function isPlain([name, value]: readonly [string, unknown]): boolean {
  if (!PARAM_REGEXP.test(name)) return false;
  if (typeof value === "string") return value !== "" && !value.includes(",") && value.isWellFormed();
  if (typeof value === "number") return !String(value).includes("e");
  return typeof value === "object" ? memberText(value) !== null : typeof value === "boolean";
}

/** Percent-encodes all but what keeps URLs readable. The apostrophe is encoded as a browser would do it: URLs stay as they are. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%2C", ",")
    .replaceAll("%3A", ":")
    .replaceAll("%3B", ";")
    .replaceAll("'", "%27");
}
