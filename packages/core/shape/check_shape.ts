import { acceptsAll, type Keywords } from "./shape.ts";
import { SHAPE_FORMATS } from "./shape_formats.ts";

const ANNOTATIONS = ["$id", "title", "description", "default", "examples", "x-shape"];

/** The keywords that the reader supports, by the type beside which they are used. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "maxProperties",
    "x-maxBytes",
    "x-oneOf",
  ],
  array: ["items", "minItems", "maxItems", "uniqueItems"],
  string: ["minLength", "maxLength", "pattern", "format"],
  integer: ["minimum", "maximum"],
  number: ["minimum", "maximum"],
  boolean: [],
  null: [],
};

const checked = new WeakSet<object>();

/** Checks that a shape has no keyword that the reader would ignore. @throws {TypeError} a programmer's mistake */
export function checkShape(shape: Keywords): void {
  if (checked.has(shape)) return;
  const { type, anyOf, properties, patternProperties, items, format } = shape;
  const known = anyOf ? ["anyOf"] : "const" in shape ? ["const"] : type === undefined ? [] : KEYWORDS[type];
  const unknown = Object.keys(shape).find(
    (name) => name !== "type" && !known?.includes(name) && !ANNOTATIONS.includes(name),
  );
  if (!known || unknown !== undefined) throw misused(unknown ?? `type ${type}`);
  if (properties && shape.additionalProperties !== false) throw misused("open object");
  if (type === "object" && !properties === !patternProperties) throw misused("object");
  if (properties && shape.maxProperties !== undefined) throw misused("maxProperties of others than records");
  if (format !== undefined && !Object.hasOwn(SHAPE_FORMATS, format)) throw misused(`format ${format}`);
  if (shape.uniqueItems && items?.type !== "string") throw misused("uniqueItems of others than texts");
  if (anyOf?.some(acceptsAll)) throw misused("a union with every value");
  const inner = [properties, patternProperties].flatMap((shapes) => Object.values(shapes ?? {}));
  for (const each of [...inner, ...(anyOf ?? []), ...(items ? [items] : [])]) checkShape(each);
  checked.add(shape);
}

function misused(what: string): TypeError {
  return new TypeError(`Cannot read by the shape as it must keep to the subset of shape.ts: it has ${what}`);
}
