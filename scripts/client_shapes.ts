import { IMAGE_SHAPE } from "../packages/core/image/image_shape.ts";
import type { Keywords } from "../packages/core/shape/shape.ts";
import { comment, formatted } from "./client_transforms.ts";

/** Gives the client's types of the API's JSON, file by file. `bun run docs` writes them; a test fails when one is stale. */
export function clientShapes(): ReadonlyMap<string, string> {
  const text = `// Generated from the shapes of the API: bun run docs writes it.
import type { JsonValue } from "./image.ts";

/** An image of the repository. Times are ISO 8601. */
export interface Image {
${members(IMAGE_SHAPE)}
}
`;
  return new Map([["packages/client/image_shape.ts", formatted(text)]]);
}

function members({ properties = {}, required = [] }: Keywords): string {
  const lines = Object.entries(properties).map(([name, shape]) => {
    const told = shape.description ? comment(`${shape.description}.`) : "";
    return `${told}readonly ${name}${required.includes(name) ? "" : "?"}: ${typeOf(shape)};`;
  });
  return lines.join("\n");
}

function typeOf(shape: Keywords): string {
  const { type, anyOf, const: literal, items, properties, patternProperties } = shape;
  if (anyOf) return anyOf.map(typeOf).join(" | ");
  if (literal !== undefined) return JSON.stringify(literal);
  if (items) return `readonly (${typeOf(items)})[]`;
  if (properties) return `{\n${members(shape)}\n}`;
  const [any] = Object.values(patternProperties ?? {});
  if (any) return `Readonly<Record<string, ${typeOf(any)}>>`;
  if (type === undefined) return "JsonValue";
  return type === "integer" ? "number" : type;
}
