import { type Keywords, ProgImageError, readShape, type Shape } from "@progimage/core";
import { jsonOfTexts } from "./json_of_texts.ts";
import { queryOf } from "./request_target.ts";

/**
 * Reads the query of a request by the shape of its parameters. A parameter whose shape is a list, or may be one, can be given again.
 *
 * @throws {ProgImageError} `invalid_parameter`, also for a name that is unknown or given twice
 */
export function readQuery<S extends Shape>(request: Request, shape: S): ReturnType<typeof readShape<S>> {
  const query = new URLSearchParams(queryOf(request));
  const { properties = {} }: Keywords = shape;
  const given = [...new Set(query.keys())].map((name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return [name, property ? valueOf(property, query.getAll(name), name) : ""] as const;
  });
  return readShape(shape, Object.fromEntries(given));
}

/** No parameter of a query is JSON. */
const FLAT = { maxDepth: 1 };

function valueOf(shape: Keywords, texts: readonly string[], name: string): unknown {
  const list = [shape, ...(shape.anyOf ?? [])].find(({ type }) => type === "array");
  if (texts.length > 1 && !list) throw givenTwice(name);
  return jsonOfTexts((texts.length > 1 && list ? list : shape) as Shape, texts, { name, ...FLAT });
}

function givenTwice(parameter: string): ProgImageError {
  const message = `Cannot read ${parameter} as it must be given once: it is there twice`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
