import { type Keywords, objectShape, ProgImageError, readShape, type Shape } from "@progimage/core";
import { jsonOfTexts } from "./json_of_texts.ts";
import { queryOf, type Targeted } from "../http/request_target.ts";

/**
 * Reads the query of a request by the shape of its parameters. A parameter may be repeated if its shape allows a list. Each member of an
 * object is a parameter of its own, such as `metadata.sku`.
 *
 * @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`; `conflicting_parameters` for a name that is given twice
 */
export function readQuery<S extends Shape>(request: Targeted, shape: S): ReturnType<typeof readShape<S>> {
  const query = new URLSearchParams(queryOf(request));
  const flat = flatShapeOf(shape);
  const given = [...new Set(query.keys())].map((name) => {
    const property = Object.hasOwn(flat.properties, name) ? flat.properties[name] : undefined;
    return [name, property ? valueOf(property, query.getAll(name), name) : ""] as const;
  });
  return nested(shape, readShape(flat, Object.fromEntries(given))) as ReturnType<typeof readShape<S>>;
}

type FlatShape = ReturnType<typeof objectShape>;

const flatShapes = new WeakMap<Shape, FlatShape>();

/** Returns the flat shape of a query, with the parameter names of callers. */
function flatShapeOf(shape: Shape): FlatShape {
  const made = flatShapes.get(shape) ?? flatShapeFor(shape);
  flatShapes.set(shape, made);
  return made;
}

function flatShapeFor({ properties = {} }: Keywords): FlatShape {
  const flat = Object.entries(properties).flatMap(([name, property]) =>
    property.properties
      ? Object.entries(property.properties).map(([key, member]) => [`${name}.${key}`, member] as const)
      : [[name, property] as const],
  );
  return objectShape(Object.fromEntries(flat) as FlatShape["properties"]);
}

function nested({ properties = {} }: Keywords, flat: object): object {
  const objects = Object.keys(properties).filter((name) => properties[name]?.properties);
  const entries = Object.entries(flat);
  const whole = objects.flatMap((object) => {
    const start = `${object}.`;
    const members = entries.filter(([name]) => name.startsWith(start));
    const value = members.map(([name, text]) => [name.slice(start.length), text] as const);
    return members.length > 0 ? [[object, Object.fromEntries(value)] as const] : [];
  });
  const others = entries.filter(([name]) => !objects.some((object) => name.startsWith(`${object}.`)));
  return Object.fromEntries([...others, ...whole]);
}

/** No parameter of a query is JSON. */
const FLAT = { maxDepth: 1 };

function valueOf(shape: Keywords, texts: readonly string[], name: string): unknown {
  const list = [shape, ...(shape.anyOf ?? [])].find(({ type }) => type === "array");
  if (texts.length > 1 && !list) throw givenTwice(name);
  return jsonOfTexts((texts.length > 1 && list ? list : shape) as Shape, texts, { name, ...FLAT });
}

function givenTwice(parameter: string): ProgImageError {
  const message = `Cannot read ${parameter} as it must be given once: it is given twice`;
  return new ProgImageError("conflicting_parameters", message, { details: { parameter } });
}
