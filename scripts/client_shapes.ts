import { BULK_ITEM_SHAPE } from "../apps/server/shape/bulk_shape.ts";
import { HEALTH_SHAPE } from "../apps/server/shape/server_shape.ts";
import { SIGNED_SHAPE } from "../apps/server/shape/sign_shape.ts";
import { UPLOAD_ITEM_SHAPE } from "../apps/server/shape/upload_shape.ts";
import {
  DELETED_IMAGE_SHAPE,
  IMAGE_COUNT_SHAPE,
  IMAGE_PAGE_SHAPE,
  JOB_ITEM_SHAPE,
  JOB_SHAPE,
  KEY_REQUEST_SHAPE,
  KEY_SHAPE,
  NEW_KEY_SHAPE,
  PRESET_DESCRIPTION_SHAPE,
  TENANT_PATCH_SHAPE,
  TENANT_REQUEST_SHAPE,
  TENANT_SHAPE,
  TRANSFORM_DESCRIPTION_SHAPE,
  USAGE_SHAPE,
} from "../packages/core/mod.ts";
import { namedShapes } from "../packages/core/shape/named_shapes.ts";
import { acceptsAll, type Keywords } from "../packages/core/shape/shape.ts";
import { comment, formatted } from "./client_transforms.ts";

/** The file of the client's types for the API's JSON. */
const FILE = "packages/client/shapes.ts";

/** The responses to the client's calls, and requests that it sends as they are. */
const SHAPES: readonly Keywords[] = [
  IMAGE_PAGE_SHAPE,
  IMAGE_COUNT_SHAPE,
  DELETED_IMAGE_SHAPE,
  UPLOAD_ITEM_SHAPE,
  BULK_ITEM_SHAPE,
  JOB_SHAPE,
  JOB_ITEM_SHAPE,
  PRESET_DESCRIPTION_SHAPE,
  TRANSFORM_DESCRIPTION_SHAPE,
  HEALTH_SHAPE,
  SIGNED_SHAPE,
  KEY_SHAPE,
  NEW_KEY_SHAPE,
  KEY_REQUEST_SHAPE,
  TENANT_SHAPE,
  TENANT_REQUEST_SHAPE,
  TENANT_PATCH_SHAPE,
  USAGE_SHAPE,
];

/** Types that are generated from other tables, and their files. */
const ELSEWHERE: Readonly<Record<string, string>> = { ProblemCode: "./problem_code.ts" };

/** Returns the client's types for the API's JSON, file by file. `bun run docs` writes them; a test fails if one is stale. */
export function clientShapes(): ReadonlyMap<string, string> {
  const types = [...namedShapes(SHAPES)]
    .filter(([name]) => !Object.hasOwn(ELSEWHERE, name))
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, shape]) => declaration(name, shape, baseOf(shape)));
  const imports = Object.entries(ELSEWHERE).map(([name, path]) => `import type { ${name} } from "${path}";`);
  const text = `// Generated from the shapes of the API: bun run docs writes it.
import type { JsonValue } from "./json_value.ts";
${imports.join("\n")}

${types.join("\n\n")}
`;
  return new Map([[FILE, formatted(text)]]);
}

function declaration(name: string, { $id: _name, ...shape }: Keywords, base: Keywords | undefined): string {
  if (!shape.properties) return `${told(shape)}export type ${name} = ${typeOf(shape)};`;
  const inherited = base?.properties ?? {};
  const own = Object.entries(shape.properties).filter(([property]) => !Object.hasOwn(inherited, property));
  const body = typeOf({ ...shape, properties: Object.fromEntries(own) });
  return `${told(shape)}export interface ${name} ${base ? `extends ${base.$id} ` : ""}${body}`;
}

/** Returns the shape with a name all of whose properties another shape has, such as an image of a deleted image. */
function baseOf({ $id, properties = {} }: Keywords): Keywords | undefined {
  const named = [...namedShapes(SHAPES).values()].filter((each) => each.properties && each.$id !== $id);
  return named.find((each) =>
    Object.entries(each.properties ?? {}).every(([name, shape]) => properties[name] === shape),
  );
}

function members({ properties = {}, required = [], additionalProperties }: Keywords): string {
  const lines = Object.entries(properties).map(([name, shape]) => {
    return `${told(shape)}readonly ${name}${required.includes(name) ? "" : "?"}: ${typeOf(shape)};`;
  });
  return [...lines, ...(additionalProperties ? ["readonly [name: string]: JsonValue;"] : [])].join("\n");
}

/** Returns the description of a type. A named type has its own. */
function told({ $id, description }: Keywords): string {
  return $id === undefined && description ? comment(`${description}.`) : "";
}

function typeOf(shape: Keywords): string {
  const { $id, type, anyOf, const: literal, items, properties, patternProperties } = shape;
  if ($id !== undefined) return $id;
  if (shape["x-shape"]) return typeOf(shape["x-shape"]);
  if (anyOf) return anyOf.map(typeOf).join(" | ");
  if (literal !== undefined) return JSON.stringify(literal);
  if (items) return `readonly (${typeOf(items)})[]`;
  if (properties) return `{\n${members(shape)}\n}`;
  const [any] = Object.values(patternProperties ?? {});
  if (any) return `Readonly<Record<string, ${typeOf(any)}>>`;
  if (acceptsAll(shape)) return "JsonValue";
  return type === "integer" ? "number" : String(type);
}
