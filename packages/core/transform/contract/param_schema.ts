import type { Param, Params } from "./param.ts";
import { pointRange } from "../values/point.ts";

/** A JSON Schema in the part of the 2020-12 dialect that OpenAPI 3.0 also supports. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Returns the JSON Schema of a transform's parameters. */
export function paramsSchema(params: Params): JsonSchema {
  const required = Object.keys(params).filter(
    (name) => params[name]?.default === undefined && !params[name]?.optional,
  );
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(params).map(([name, param]) => [name, paramSchema(param)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function paramSchema(param: Param): JsonSchema {
  const { summary, default: initial, aliases, deprecated } = param;
  const description = [summary, deprecated && `Deprecated: ${deprecated}`].filter(Boolean).join(". ");
  return {
    ...typeSchema(param),
    ...(description !== "" && { description }),
    ...(initial !== undefined && { default: initial }),
    ...(deprecated !== undefined && { deprecated: true }),
    ...(aliases !== undefined && { "x-aliases": [...aliases] }),
  };
}

function typeSchema(param: Param): JsonSchema {
  switch (param.kind) {
    case "number":
    case "integer": {
      const number = numberSchema(param.kind, param);
      return param.words ? { anyOf: [number, { type: "string", enum: [...param.words] }] } : number;
    }
    case "boolean":
      return { type: "boolean" };
    case "choice":
      return { type: "string", enum: [...param.values] };
    case "color":
      return { type: "string", format: "color" };
    case "length":
      return { anyOf: [numberSchema("number", param), { type: "string", pattern: perCentPattern(param) }] };
    case "text":
      return { type: "string", maxLength: param.maxLength ?? 1000 };
    case "image":
      return { type: "string", format: "image-reference" };
    case "point": {
      const { min, max } = pointRange(param);
      const coordinate = { type: "number", minimum: min, maximum: max };
      return {
        type: "object",
        properties: { x: coordinate, y: coordinate },
        required: ["x", "y"],
        additionalProperties: false,
      };
    }
    case "list": {
      const { of, min, max } = param;
      return { type: "array", items: typeSchema(of), ...(min && { minItems: min }), maxItems: max };
    }
  }
}

function numberSchema(
  type: string,
  { min, max }: { readonly min?: number; readonly max?: number },
): JsonSchema {
  return {
    type,
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
  };
}

/** Returns a pattern for per cent up to 1000, with a sign only if pixels may be negative too. */
function perCentPattern({ min = -Infinity }: { readonly min?: number }): string {
  const amount =
    min > 0
      ? "(?:1000|[1-9]\\d{0,2}(?:\\.\\d{1,9})?|0?\\.\\d{0,8}[1-9]\\d{0,8})"
      : "(?:1000|\\d{1,3}(?:\\.\\d{1,9})?|\\.\\d{1,9})";
  return `^${min < 0 ? "-?" : ""}${amount}(?:%|pct)$`;
}
