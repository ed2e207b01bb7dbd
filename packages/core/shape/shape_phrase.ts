import type { Keywords } from "./shape.ts";
import { SHAPE_FORMATS } from "./shape_formats.ts";

/** Describes the values of a shape, to follow "must be". */
export function phraseOf(shape: Keywords): string {
  if (shape["x-shape"]) return phraseOf(shape["x-shape"]);
  if (shape.anyOf) return phraseOfUnion(shape.anyOf);
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  switch (shape.type) {
    case "object":
      return shape.patternProperties ? phraseOfRecord(shape) : phraseOfObject(shape);
    case "array":
      return `a list${amount(shape.minItems, shape.maxItems, "item")}${shape.uniqueItems ? ", each once" : ""}`;
    case "string":
      return phraseOfText(shape);
    case "integer":
      return `a whole number${range(shape)}`;
    case "number":
      return `a number${range(shape)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return "any value";
  }
}

/** Returns the words of a shape that is a choice. */
export function wordsOf({ anyOf = [] }: Keywords): readonly string[] {
  return anyOf.flatMap((each) => (typeof each.const === "string" ? each.const : []));
}

function phraseOfUnion(members: readonly Keywords[]): string {
  const literals = members.flatMap((each) => (each.const === undefined ? [] : String(each.const)));
  const others = members.filter((each) => each.const === undefined).map(phraseOf);
  const choice = literals.length > 1 ? [`one of ${literals.join(", ")}`] : literals;
  return [...choice, ...others].join(" or ");
}

function phraseOfObject({ required = [] }: Keywords): string {
  return required.length === 0 ? "an object" : `an object with ${required.join(" and ")}`;
}

function phraseOfRecord({ maxProperties, "x-maxBytes": maxBytes }: Keywords): string {
  const bytes = maxBytes === undefined ? "" : ` of at most ${counted(maxBytes, "byte")}`;
  return `a JSON object${amount(undefined, maxProperties, "name")}${bytes}`;
}

function phraseOfText({ format, minLength, maxLength, pattern }: Keywords): string {
  const kind = (format !== undefined && SHAPE_FORMATS[format]?.phrase) || "text";
  const length = amount(minLength, maxLength, "character");
  return `${kind}${length}${pattern === undefined ? "" : ` that matches ${pattern}`}`;
}

function amount(min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) return min === undefined ? "" : ` of at least ${counted(min, unit)}`;
  return min === undefined ? ` of at most ${counted(max, unit)}` : ` of ${min} to ${counted(max, unit)}`;
}

/** Returns an amount with its unit, such as `1 item`. */
export function counted(amount: number, unit: string): string {
  return amount === 1 ? `1 ${unit}` : `${amount} ${unit}s`;
}

function range({ minimum, maximum }: Keywords): string {
  if (maximum === undefined) return minimum === undefined ? "" : ` of at least ${minimum}`;
  return minimum === undefined ? ` of at most ${maximum}` : ` from ${minimum} to ${maximum}`;
}
