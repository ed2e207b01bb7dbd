import { type Keywords, ProgImageError, type Shape } from "@progimage/core";
import { parseObject } from "./receive_object.ts";

/** Options for {@linkcode jsonOfTexts}. */
export interface JsonOfTextsOptions {
  /** The name of the value in the request. */
  readonly name: string;
  /** The maximum nesting depth of a JSON text. */
  readonly maxDepth: number;
}

const DECIMAL_REGEXP = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;

/**
 * Returns the JSON of a value whose query or form writes it as texts. A list repeats its name for each item. An object of numbers is a
 * list of them with commas, and an object with arbitrary names is JSON. A text that cannot be such a value stays a text.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`
 */
export function jsonOfTexts(shape: Shape, texts: readonly string[], options: JsonOfTextsOptions): unknown {
  const { type, properties, patternProperties } = withoutNull(shape);
  const [text = ""] = texts;
  if (type === "array") return texts;
  if (type === "boolean") return text === "true" || (text === "false" ? false : text);
  if (type === "integer" || type === "number") return DECIMAL_REGEXP.test(text) ? Number(text) : text;
  if (type !== "object") return text;
  if (patternProperties) return parseObject(text, options.name, options);
  return numbersOf(Object.keys(properties ?? {}), text, options.name);
}

/** Returns the texts in which a query or form writes a value: the reverse of {@linkcode jsonOfTexts}. `null` has none. */
export function textsOfJson(shape: Shape, json: unknown): readonly string[] {
  if (json === null) return [];
  if (Array.isArray(json)) return json.map(String);
  if (typeof json !== "object") return [String(json)];
  if (withoutNull(shape).patternProperties) return [JSON.stringify(json)];
  return [Object.values(json).join(",")];
}

function withoutNull(shape: Keywords): Keywords {
  return shape.anyOf?.find(({ type }) => type !== "null") ?? shape;
}

function numbersOf(names: readonly string[], text: string, parameter: string): object {
  const numbers = text.split(",");
  if (numbers.length === names.length && numbers.every((each) => DECIMAL_REGEXP.test(each)))
    return Object.fromEntries(names.map((name, index) => [name, Number(numbers[index])]));
  const message = `Cannot read ${parameter} as it must be ${names.join(" and ")} with a comma between, such as 0.5,0.3: it is ${JSON.stringify(text.slice(0, 64))}`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
