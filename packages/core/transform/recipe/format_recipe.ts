import { extensionOf } from "../output/formats.ts";
import { writeLiteral } from "./literal_text.ts";
import { memberText } from "./member_text.ts";
import type { ParamValue, Recipe, Step } from "./recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import type { Transform } from "../contract/transform.ts";

/** Formats a recipe as JSON. Equal recipes give equal texts. */
export function canonicalJson({ steps, format }: Recipe): string {
  return JSON.stringify({ steps: jsonSteps(steps), format });
}

/** Returns steps in the form of JSON: each has its transform and parameters side by side. */
export function jsonSteps(
  steps: readonly Step[],
): readonly ({ readonly transform: string } & Readonly<Record<string, ParamValue>>)[] {
  return steps.map(({ transform, params }) => ({ transform, ...params }));
}

/** Text that the grammar would read as a parameter, or as JSON, at the beginning of a step. */
const AMBIGUOUS_REGEXP = /^(?:[a-z][A-Za-z0-9]*:|\{)/;
const SIDE_REGEXP = /^(?:\d[\d.]*(?:pct)?)?$/;

/**
 * Formats a recipe as the query of a URL, without `?`, as in the documentation. The shorthand comes first, then each parameter that differs
 * from its default. Equal recipes give equal texts, and reading one gives the same recipe. If a transform no longer exists, its steps name
 * all parameters.
 */
export function formatUrlRecipe(
  { steps, format }: Recipe,
  registry: Pick<TransformRegistry, "find">,
): string {
  const pairs = steps.map((step) => formatStep(step, registry.find(step.transform)));
  return (format ? [...pairs, `format=${extensionOf(format)}`] : pairs).join("&");
}

function formatStep({ transform: name, params }: Step, transform: Transform | undefined): string {
  const given = Object.entries(params).filter(
    ([key, value]) => !Bun.deepEquals(value, transform?.params[key]?.default),
  );
  if (given.length === 0) return name;
  const isPlain = given.every(([, value]) => memberText(value) !== null);
  const value = isPlain ? formatPlain(given, transform) : JSON.stringify(Object.fromEntries(given));
  return `${name}=${encode(value)}`;
}

type Given = readonly (readonly [name: string, value: ParamValue])[];

/** A name alone means true, except at the beginning, where it would be read as the shorthand. */
function formatPlain(given: Given, transform: Transform | undefined): string {
  const short = formatShorthand(new Map(given), transform?.shorthand);
  const parts = given
    .filter(([key]) => !short?.names.includes(key))
    .map(([key, value], index) =>
      value === true && (short || index > 0) ? key : `${key}:${formatValue(value)}`,
    );
  return [...(short ? [short.text] : []), ...parts].join(",");
}

/** Returns the shorthand, and the parameters that it sets; `null` if there is none. */
function formatShorthand(
  given: ReadonlyMap<string, ParamValue>,
  shorthand: Transform["shorthand"],
): { readonly text: string; readonly names: readonly string[] } | null {
  if (shorthand === undefined) return null;
  const names = typeof shorthand === "string" ? [shorthand] : [shorthand.width, shorthand.height];
  if (!names.some((name) => given.has(name))) return null;
  const [text = "", height] = names.map((name) => formatValue(given.get(name)));
  if (height === undefined)
    return { text: text === "" || AMBIGUOUS_REGEXP.test(text) ? `${names[0]}:${text}` : text, names };
  return SIDE_REGEXP.test(text) && SIDE_REGEXP.test(height) ? { text: `${text}x${height}`, names } : null;
}

function formatValue(value: ParamValue | undefined): string {
  const text = value === undefined ? "" : (memberText(value) ?? "");
  // An empty list is written as an empty text.
  return /^[~\\]|,/.test(text) || value === "" ? writeLiteral(text) : text;
}

/** Encodes a value. Keeps characters readable that a query may contain, and encodes the apostrophe, as browsers do. */
function encode(value: string): string {
  return encodeURIComponent(value)
    .replace(/%(?:3A|2C|3B|40|2F)/g, decodeURIComponent)
    .replaceAll("'", "%27");
}
