import { listImages, type ListImagesOptions, ProgImageError } from "@progimage/core";
import { imageJson } from "../http/image_json.ts";
import { answerList } from "../http/list_answer.ts";
import { checkNames, readLimit } from "../http/page_query.ts";
import { queryOf } from "../http/request_target.ts";
import type { ServerContext } from "../server_context.ts";

const ORDERS = ["createdAt", "name", "bytes"] as const;
const DEFAULT_ORDER = "-createdAt";

const KNOWN = [
  "order",
  "limit",
  "cursor",
  "format",
  "tag",
  "sha256",
  "namePrefix",
  "createdAfter",
  "createdBefore",
] as const;

/** `GET /images`: pages by cursor, the newest first unless asked otherwise. */
export function listImagesRoute(context: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const query = new URLSearchParams(queryOf(request));
    const { items, next } = await listImages(context.ports, readOptions(query));
    const body = { items: items.map((image) => imageJson(image, context)), next };
    return answerList(request, body);
  };
}

function readOptions(query: URLSearchParams): ListImagesOptions {
  checkNames(query, KNOWN);
  const get = (name: (typeof KNOWN)[number]) => query.get(name) ?? undefined;
  return {
    ...readOrder(get("order") ?? DEFAULT_ORDER),
    limit: readLimit(get("limit")),
    cursor: get("cursor"),
    format: get("format"),
    tag: get("tag"),
    sha256: get("sha256"),
    namePrefix: get("namePrefix"),
    createdAfter: readTime("createdAfter", get("createdAfter")),
    createdBefore: readTime("createdBefore", get("createdBefore")),
  };
}

function readOrder(text: string): Pick<ListImagesOptions, "descending" | "order"> {
  const descending = text.startsWith("-");
  const order = ORDERS.find((name) => name === (descending ? text.slice(1) : text));
  if (!order)
    throw invalid(
      "order",
      `it must be one of ${ORDERS.join(", ")}, with a minus in front for the last first`,
      ORDERS,
    );
  return { order, descending };
}

function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw invalid(name, "it must be an ISO 8601 time such as 2030-01-31T12:00:00Z");
  return time;
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  const shown = JSON.stringify(parameter.slice(0, 64));
  return new ProgImageError("invalid_parameter", `Cannot read parameter ${shown}: ${reason}`, {
    details: { parameter: parameter.slice(0, 64), known },
  });
}
