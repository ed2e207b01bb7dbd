import { optionalDefaults } from "./optional_defaults.ts";
import { BINARY, ref, RENDER_QUERY, SOURCE_BODIES } from "./details.ts";

/** The JSON Schema of a transform's parameter. */
export type ParamSchema = Readonly<Record<string, unknown>> & {
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly type?: unknown;
};

/** The fields of a service besides the parameters of its transform. */
const OWN_FIELDS = Object.fromEntries(
  RENDER_QUERY.map((parameter) => {
    const { name, description, schema } = parameter as Exclude<typeof parameter, { $ref: string }>;
    return [name, { description, ...schema }];
  }),
);

const SAVE_JSON = {
  description: "Stores the result as a new image: true, or its attributes",
  oneOf: [{ type: "boolean" }, ref("ImageAttributes")],
};

/** Returns the request bodies of a transform's service. */
export function serviceBodies(params: Readonly<Record<string, ParamSchema>>) {
  const texts = Object.entries(params).map(([name, schema]) => [name, schemaOfText(schema)]);
  const form = {
    type: "object",
    properties: { ...Object.fromEntries(texts), ...OWN_FIELDS, image: BINARY.schema },
    additionalProperties: {
      type: "string",
      format: "binary",
      description: "An image that a parameter names by @",
    },
  };
  const json = {
    type: "object",
    properties: { ...params, ...OWN_FIELDS, save: SAVE_JSON },
    additionalProperties: false,
  };
  return {
    ...SOURCE_BODIES,
    "multipart/form-data": { schema: optionalDefaults(form) },
    "application/json": { schema: optionalDefaults(json) },
  };
}

/** OpenAPI cannot express the query syntax of lists, `a;b`, and points, `0.5x0.3`. */
export function schemaOfText(schema: ParamSchema): object {
  if (schema.type === "array")
    return { type: "string", description: "Members by semicolons", "x-json": schema };
  return schema.type === "object" ? { type: "string", pattern: "^[^x]+x[^x]+$", "x-json": schema } : schema;
}
