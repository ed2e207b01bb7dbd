import { acceptsAll, type Keywords, SHAPE_FORMATS } from "@progimage/core";

/** A schema of OpenAPI 3.0. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** Formats that are known outside this server. */
const PUBLIC_FORMATS: readonly (string | undefined)[] = ["date-time", "uri", "uri-reference", "uuid"];

const POINT_PATTERN = "^(?:0(?:\\.\\d{1,9})?|1),(?:0(?:\\.\\d{1,9})?|1)$";

/**
 * Returns a shape as an OpenAPI 3.0 schema: without `null` as a type, `const` and `patternProperties`. Named shapes within it become
 * references to components.
 */
export function openApiSchema({ $id: _name, ...shape }: Keywords): OpenApiSchema {
  return schemaOf(shape);
}

/** Returns the schema of a shape in a query or a form, where objects are texts. */
export function openApiTextSchema(shape: Keywords): OpenApiSchema {
  const [only, ...others] = (shape.anyOf ?? []).filter(({ type }) => type !== "null");
  // A text has no references, and is never null.
  if (only && others.length === 0) return openApiTextSchema({ ...only, ...descriptionOf(shape) });
  const { properties, ...schema } = openApiSchema(shape);
  if (schema["type"] !== "object") return schema;
  const example = properties ? { example: "0.5,0.3", pattern: POINT_PATTERN } : {};
  return { type: "string", description: schema["description"], ...example };
}

function schemaOf(shape: Keywords): OpenApiSchema {
  const { $id: name, anyOf, const: literal, patternProperties, properties, items, format, ...rest } = shape;
  const { "x-shape": shown, "x-oneOf": choices, ...others } = rest;
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (shown) return schemaOf(shown);
  if (anyOf) return { ...unionOf(anyOf), ...others };
  const [names] = Object.values(patternProperties ?? {});
  return {
    ...others,
    ...(literal !== undefined && { enum: [literal] }),
    ...(PUBLIC_FORMATS.includes(format) ? { format } : patternOf(format)),
    ...(choices && exactlyOne(choices, properties ?? {})),
    ...(items && { items: schemaOf(items) }),
    ...(properties && { properties: mapped(properties, schemaOf) }),
    ...(names && { additionalProperties: acceptsAll(names) || schemaOf(names) }),
  };
}

/** Other formats are unknown outside this server. */
function patternOf(format = ""): Pick<Keywords, "pattern"> {
  const pattern = SHAPE_FORMATS[format]?.pattern;
  return pattern === undefined ? {} : { pattern };
}

/** Without other properties their number says it, which generators of clients understand better. */
function exactlyOne(choices: readonly string[], properties: object): OpenApiSchema {
  if (choices.length === Object.keys(properties).length) return { minProperties: 1, maxProperties: 1 };
  return { oneOf: choices.map((name) => ({ required: [name] })) };
}

function unionOf(members: readonly Keywords[]): OpenApiSchema {
  const some = members.filter(({ type }) => type !== "null");
  const nullable = some.length < members.length ? { nullable: true } : {};
  const words = some.flatMap(({ const: literal }) => (typeof literal === "string" ? literal : []));
  const others = some.filter(({ const: literal }) => typeof literal !== "string").map(schemaOf);
  const schemas = words.length > 0 ? [{ type: "string", enum: words }, ...others] : others;
  const [only, another] = schemas;
  return only && !another ? { ...only, ...nullable } : { anyOf: schemas, ...nullable };
}

function descriptionOf({ description }: Keywords): Pick<Keywords, "description"> {
  return description === undefined ? {} : { description };
}

function mapped<Inner>(
  shapes: Readonly<Record<string, Inner>>,
  write: (shape: Inner) => OpenApiSchema,
): Readonly<Record<string, OpenApiSchema>> {
  return Object.fromEntries(Object.entries(shapes).map(([name, each]) => [name, write(each)]));
}
