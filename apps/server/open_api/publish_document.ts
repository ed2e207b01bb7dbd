import { errorResponses } from "./error_responses.ts";
import type { OpenApiDocument, PathItem, PlacedOperation, ResponseObject } from "./open_api_document.ts";
import { optionalDefaults } from "./optional_defaults.ts";
import { HEADERS, isList, responseHeaders } from "./response_headers.ts";
import { schema2020 } from "./schema_2020.ts";
import { WEBHOOK_SCHEMAS, WEBHOOKS } from "./webhooks_object.ts";

/** Options for {@linkcode publishDocument}. */
export interface PublishOptions {
  /** Where callers reach the server: without a slash at the end. */
  readonly publicUrl: string;
}

/**
 * Returns the document that the plugin has written from the routes as OpenAPI 3.1, completed by what is alike everywhere: the server, the
 * headers of answers, what may go wrong, and webhooks.
 */
export function publishDocument(document: OpenApiDocument, { publicUrl }: PublishOptions): object {
  const { components, info, paths, tags } = document;
  const schemas = optionalDefaults({ ...components.schemas, ...WEBHOOK_SCHEMAS });
  const published = {
    info: { ...info, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: publicUrl }],
    // Who can connect may call.
    security: [],
    tags,
    paths: mapEntries(paths, completePath),
    webhooks: WEBHOOKS,
    components: { ...components, schemas, headers: HEADERS },
  };
  return { openapi: "3.1.0", ...(schema2020(published) as object) };
}

function completePath(path: string, item: PathItem): PathItem {
  return mapEntries(item, (method, operation) => ({
    ...operation,
    responses: completeResponses({ path, method, operation }),
  }));
}

function completeResponses(place: PlacedOperation): Readonly<Record<string, ResponseObject>> {
  const own = place.operation.responses ?? {};
  const all = { ...errorResponses(place), ...(isList(place) && UNCHANGED), ...own };
  return mapEntries(all, (status, response) => ({ ...response, headers: responseHeaders(place, status) }));
}

const UNCHANGED: Readonly<Record<string, ResponseObject>> = {
  304: { description: "The list is as the caller has it" },
};

function mapEntries<Value, Result>(
  values: Readonly<Record<string, Value>>,
  write: (name: string, value: Value) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, write(name, value)]));
}
