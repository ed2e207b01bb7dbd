import type { Keywords, Shape } from "@progimage/core";

/** A schema of OpenAPI 3.0. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** Formats that mean something outside of this server. */
const PUBLIC_FORMATS: readonly (string | undefined)[] = ["date-time", "uri", "uuid"];

/** Returns a shape as OpenAPI 3.0 spells it: without `null` as a type, `const` and `patternProperties`. */
export function openApiSchema(shape: Shape): OpenApiSchema {
  return schemaOf(shape);
}

/** Returns the properties of a shape as OpenAPI spells them. */
export function openApiProperties(
  properties: Readonly<Record<string, Shape>>,
): Readonly<Record<string, OpenApiSchema>> {
  return mapped(properties, schemaOf);
}

/** Returns what a query or a form has for a shape: what is an object elsewhere is a text there. */
export function openApiTextSchema(shape: Shape): OpenApiSchema {
  const { nullable: _nullable, properties, ...schema } = openApiSchema(shape);
  if (schema["type"] !== "object") return schema;
  const example = properties ? { example: "0.5,0.3" } : {};
  return { type: "string", description: schema["description"], ...example };
}

function schemaOf(shape: Keywords): OpenApiSchema {
  const { anyOf, const: literal, patternProperties, properties, items, format, ...others } = shape;
  if (anyOf) return { ...unionOf(anyOf), ...others };
  const [names] = Object.values(patternProperties ?? {});
  return {
    ...others,
    ...(literal !== undefined && { enum: [literal] }),
    ...(PUBLIC_FORMATS.includes(format) && { format }),
    ...(items && { items: schemaOf(items) }),
    ...(properties && { properties: mapped(properties, schemaOf) }),
    ...(names && { additionalProperties: schemaOf(names) }),
  };
}

function unionOf(members: readonly Keywords[]): OpenApiSchema {
  const some = members.filter(({ type }) => type !== "null");
  const nullable = some.length < members.length ? { nullable: true } : {};
  const [only] = some;
  if (only && some.length === 1) return { ...schemaOf(only), ...nullable };
  const words = some.flatMap(({ const: literal }) => (typeof literal === "string" ? literal : []));
  if (words.length === some.length) return { type: "string", enum: words, ...nullable };
  return { anyOf: some.map(schemaOf), ...nullable };
}

function mapped<Inner>(
  shapes: Readonly<Record<string, Inner>>,
  write: (shape: Inner) => OpenApiSchema,
): Readonly<Record<string, OpenApiSchema>> {
  return Object.fromEntries(Object.entries(shapes).map(([name, each]) => [name, write(each)]));
}
