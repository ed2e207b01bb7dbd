import { type Keywords, ProgImageError, readShape, type Shape } from "@progimage/core";
import { jsonOfTexts } from "./json_of_texts.ts";
import { queryOf } from "./request_target.ts";

/**
 * Reads the query of a request by the shape of its parameters. A parameter whose shape is a list, or may be one, can be given again. A
 * member of an object is a parameter of its own, such as `metadata.sku`.
 *
 * @throws {ProgImageError} `invalid_parameter`, also for a name that is unknown or given twice
 */
export function readQuery<S extends Shape>(request: Request, shape: S): ReturnType<typeof readShape<S>> {
  const query = new URLSearchParams(queryOf(request));
  const { properties = {} }: Keywords = shape;
  const names = [...new Set(query.keys())];
  const objects = Object.keys(properties).filter((name) => properties[name]?.properties);
  const isMember = (name: string) => objects.some((object) => name.startsWith(`${object}.`));
  const given = names
    .filter((name) => !isMember(name))
    .map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, property ? valueOf(property, query.getAll(name), name) : ""] as const;
    });
  const whole = objects.flatMap((object) => {
    const members = names.filter((name) => name.startsWith(`${object}.`));
    const values = members.map((name) => [
      name.slice(object.length + 1),
      valueOf({ type: "string" }, query.getAll(name), name),
    ]);
    return members.length > 0 ? [[object, Object.fromEntries(values)] as const] : [];
  });
  return readShape(shape, Object.fromEntries([...given, ...whole]));
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
