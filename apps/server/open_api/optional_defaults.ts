import type { JsonObject } from "./open_api_document.ts";

/**
 * Returns a schema with the defaults of optional members as text. Code generators treat a member with a `default` as always present, so
 * that callers would have to send it.
 */
export function optionalDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(optionalDefaults);
  if (!isObject(value)) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, optionalDefaults(each)]),
  );
  const { properties, required } = schema;
  if (!isObject(properties)) return schema;
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  const members = Object.entries(properties).map(([name, member]) => [
    name,
    names.includes(name) ? member : inWords(member),
  ]);
  return { ...schema, properties: Object.fromEntries(members) };
}

function inWords(member: unknown): unknown {
  if (!isObject(member) || !("default" in member)) return member;
  const { default: initial, description, ...rest } = member;
  const words = `Default: ${JSON.stringify(initial)}`;
  return { ...rest, description: typeof description === "string" ? `${description}. ${words}` : words };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
