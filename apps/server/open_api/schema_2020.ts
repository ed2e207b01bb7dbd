/**
 * Converts a part of an OpenAPI 3.0 document to 3.1, whose schemas are JSON Schema 2020-12: `null` is a type there.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#schema-object
 */
export function schema2020(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(schema2020);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, ...others } = Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, schema2020(each)]),
  );
  return nullable === true ? orNull(others) : others;
}

function orNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, enum: words } = schema;
  if (typeof type === "string")
    return { ...schema, type: [type, "null"], ...(Array.isArray(words) && { enum: [...words, null] }) };
  const { description, ...rest } = schema;
  const alternatives = Array.isArray(rest["anyOf"]) ? rest["anyOf"] : [rest];
  return { ...(description !== undefined && { description }), anyOf: [...alternatives, { type: "null" }] };
}
