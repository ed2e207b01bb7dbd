import { memberText } from "./member_text.ts";
import type { ParamValue, Recipe, Step } from "./recipe.ts";

/** Spells a recipe as JSON. Equal recipes give equal texts. */
export function canonicalJson({ steps, format }: Recipe): string {
  return JSON.stringify({ steps: steps.map(({ transform, params }) => ({ transform, ...params })), format });
}

/** Spells a recipe as the query of a URL, without `?`. Reading it gives the same recipe. */
export function formatUrlRecipe({ steps, format }: Recipe): string {
  const pairs = steps.map(formatStep);
  return (format ? [...pairs, `format=${format}`] : pairs).join("&");
}

function formatStep({ transform, params }: Step): string {
  const entries = Object.entries(params);
  if (entries.length === 0) return transform;
  const isPlain = entries.every(([, value]) => isPlainValue(value));
  const value = isPlain
    ? entries.map(([key, value]) => `${key}:${memberText(value)}`).join(",")
    : JSON.stringify(params);
  return `${transform}=${encode(value)}`;
}

function isPlainValue(value: ParamValue): boolean {
  if (typeof value === "number") return !String(value).includes("e");
  // Of lists and points.
  if (typeof value === "object" && value !== null) return Object.values(value).every(isPlainValue);
  return typeof value === "boolean" || (typeof value === "string" && !value.includes(","));
}

/** Leaves readable what a query may hold. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%3B", ";");
}
