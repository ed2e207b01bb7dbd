import { dirname, join } from "node:path";
import { OUTPUT_EXTENSIONS, type TransformRegistry } from "@progimage/core";
import { type AnyElysia, Elysia } from "elysia";
import server from "../package.json";
import { componentSchemas } from "../open_api/component_schemas.ts";
import type { OpenApiDocument, Parameter } from "../open_api/open_api_document.ts";
import { publishDocument } from "../open_api/publish_document.ts";
import { DETAILS, RENDER_QUERY } from "../open_api/details.ts";
import { JOB_DETAILS } from "../open_api/job_details.ts";
import { type ParamSchema, schemaOfText, serviceBodies } from "../open_api/service_bodies.ts";

/** The assets of the page. Other files of the package are not served. */
const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};
const ASSETS_FOLDER = dirname(Bun.resolveSync("swagger-ui-dist/package.json", import.meta.dir));

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>ProgImage API</title>
    <link rel="stylesheet" href="swagger/swagger-ui.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="ui"></div>
    <script src="swagger/swagger-ui-bundle.js"></script>
    <script src="swagger/start.js"></script>
  </body>
</html>
`;

// Without a validator badge: it would send the document to a third party.
const START = `SwaggerUIBundle({ url: "swagger/json", dom_id: "#ui", deepLinking: true, validatorUrl: null });\n`;

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/** The facts about a server that its documentation needs besides its routes. */
export interface DocumentedServer {
  readonly publicUrl: string;
  readonly transforms: TransformRegistry;
}

/** `/swagger`: interactive documentation of the API. Works without internet access. */
export function documentationRoutes(createApi: () => AnyElysia, { publicUrl, transforms }: DocumentedServer) {
  let document: Promise<string> | null = null;
  return new Elysia()
    .get("/swagger", () =>
      answer(PAGE, "text/html; charset=utf-8", { "content-security-policy": PAGE_POLICY }),
    )
    .get("/swagger/start.js", () => answer(START, "text/javascript; charset=utf-8"))
    .get("/swagger/json", async () => {
      document ??= describeApi(createApi(), { publicUrl, transforms });
      return answer(await document, "application/json");
    })
    .get("/swagger/:asset", ({ params, status }) => {
      const type = Object.hasOwn(ASSETS, params.asset) ? ASSETS[params.asset] : undefined;
      return type ? answer(Bun.file(join(ASSETS_FOLDER, params.asset)), type) : status(404);
    });
}

/** Lets the plugin describe the routes. It is mounted on an app that is not served, because its own page would load external scripts. */
async function describeApi(api: AnyElysia, { publicUrl, transforms }: DocumentedServer): Promise<string> {
  // Loaded lazily, because few users request it: it costs memory and time.
  const { swagger } = await import("@elysiajs/swagger");
  const parameters = transformParameters(transforms);
  const documentation = {
    info: {
      title: "ProgImage",
      version: server.version,
      description: "Stores images, gives them back, converts them by extension.",
    },
    tags: [
      { name: "Images", description: "Store, find, deliver, change and delete images" },
      { name: "Transforms", description: "What can be done to images, and services that do it" },
      { name: "Jobs", description: "Many images in the background" },
      { name: "Access", description: "Rights for others, for a limited time" },
      { name: "Operations", description: "The server itself" },
    ],
    paths: {
      "/images/{id}.{ext}": {
        get: {
          ...DETAILS.convertImage,
          parameters: [...DETAILS.convertImage.parameters, EXTENSION, ...DELIVERY_QUERY, ...parameters],
        },
      },
      // The plugin omits paths with a dot.
      "/jobs/{id}/results.zip": { get: JOB_DETAILS.readResults },
      ...transformPaths(transforms),
    },
    components: { schemas: componentSchemas() },
  };
  const app = new Elysia().use(swagger({ path: "/swagger", documentation: documentation as never })).use(api);
  const response = await app.handle(new Request("http://localhost/swagger/json"));
  const document = (await response.json()) as OpenApiDocument;
  return JSON.stringify(publishDocument(withRecipe(document, parameters), { publicUrl }));
}

/** An original is also rendered if the query has steps or a format. */
function withRecipe(document: OpenApiDocument, steps: readonly Parameter[]): OpenApiDocument {
  const path = "/images/{id}";
  const { get, ...others } = document.paths[path] ?? {};
  const parameters = [...(get?.parameters ?? []), FORMAT, ...DELIVERY_QUERY, ...steps];
  return { ...document, paths: { ...document.paths, [path]: { get: { ...get, parameters }, ...others } } };
}

const FORMAT: Parameter = {
  name: "format",
  in: "query",
  description: "The format; without it and without steps the image is the original",
  schema: { type: "string", enum: [...OUTPUT_EXTENSIONS, "auto"] },
};

/** The query parameters of an image's URL besides its steps. */
const DELIVERY_QUERY: readonly Parameter[] = [
  text("preset", "The name of a preset, perhaps with its version: `hero@2`"),
  text("download", "Has browsers save the image, under this name if there is one"),
  text("v", "The version that `href` names, for caches"),
];

function text(name: string, description: string): Parameter {
  return { name, in: "query", description, schema: { type: "string" } };
}

const EXTENSION = {
  name: "ext",
  in: "path",
  required: true,
  description: "The format; auto leaves it to the Accept header",
  schema: { type: "string", enum: [...OUTPUT_EXTENSIONS, "auto"] },
};

/** Each transform is a query parameter. They are applied in the order of the query. */
function transformParameters(transforms: TransformRegistry): readonly Parameter[] {
  return transforms.describe().map(({ name, summary, deprecated }) => ({
    name,
    in: "query",
    description: `${summary} Its parameters are at /transforms.`,
    ...(deprecated !== null && { deprecated: true }),
    schema: { type: "string" },
    allowReserved: true,
  }));
}

/** Each transform is also a service. */
function transformPaths(transforms: TransformRegistry) {
  const paths = transforms.describe().map(({ name, aliases, deprecated, summary, params }) => {
    const { properties, required = [] } = params as {
      readonly properties: Readonly<Record<string, ParamSchema>>;
      readonly required?: readonly string[];
    };
    const parameters = Object.entries(properties).map(([key, { description, deprecated, ...schema }]) => ({
      name: key,
      in: "query",
      description,
      ...(deprecated && { deprecated }),
      // A form or JSON may contain it instead.
      required: false,
      schema: schemaOfText(schema),
    }));
    const earlier = aliases.length > 0 ? ` Its earlier names are deprecated: ${aliases.join(", ")}.` : "";
    const instead = deprecated === null ? "" : ` Deprecated: ${deprecated}.`;
    const hint = required.length > 0 ? ` Needs ${required.join(", ")}.` : "";
    const operation = {
      ...DETAILS.transform,
      operationId: serviceId(name),
      summary,
      description: `Nothing is kept unless \`save\` says so. Numbers in the query and in a form have no exponent.${hint}${earlier}${instead}`,
      ...(deprecated !== null && { deprecated: true }),
      parameters: [...parameters, ...RENDER_QUERY],
      requestBody: { content: serviceBodies(properties) },
    };
    return [`/transforms/${name}`, { post: operation }] as const;
  });
  return Object.fromEntries(paths);
}

/** Returns the id of a transform's service, such as `transformBlur`. */
function serviceId(transform: string): string {
  const words = transform.split(/[._-]/).map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `transform${words.join("")}`;
}

function answer(body: string | Blob, type: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    headers: { "content-type": type, "cache-control": "public, max-age=300", ...headers },
  });
}
