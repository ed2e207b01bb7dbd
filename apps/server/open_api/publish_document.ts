import { errorResponses } from "./error_responses.ts";
import type { OpenApiDocument, PathItem, PlacedOperation, ResponseObject } from "./open_api_document.ts";
import { optionalDefaults } from "./optional_defaults.ts";
import { HEADERS, isList, responseHeaders } from "./response_headers.ts";
import { schema2020 } from "./schema_2020.ts";
import { SECURITY_SCHEMES, securityOf } from "./security.ts";
import { WEBHOOK_SCHEMAS, WEBHOOKS } from "./webhooks_object.ts";

/** Options for {@linkcode publishDocument}. */
export interface PublishOptions {
  /** The URL at which callers reach the server, without a trailing slash. */
  readonly publicUrl: string;
}

/**
 * Returns the plugin's document as OpenAPI 3.1, completed by the parts common to all operations: the server, response headers, errors
 * and webhooks.
 */
export function publishDocument(document: OpenApiDocument, { publicUrl }: PublishOptions): object {
  const { components, info, paths, tags } = document;
  const schemas = optionalDefaults({ ...components.schemas, ...WEBHOOK_SCHEMAS });
  const published = {
    info: { ...info, license: { name: "MIT", identifier: "MIT" } },
    // Webhooks carry a signature of their own.
    security: [],
    servers: [{ url: publicUrl || "/" }],
    tags,
    paths: mapEntries(paths, completePath),
    webhooks: WEBHOOKS,
    components: { ...components, schemas, headers: HEADERS, securitySchemes: SECURITY_SCHEMES },
  };
  return { openapi: "3.1.0", ...(schema2020(published) as object) };
}

function completePath(path: string, item: PathItem): PathItem {
  return mapEntries(item, (method, operation) => ({
    ...operation,
    security: securityOf({ path, method }),
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
