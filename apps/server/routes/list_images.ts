import {
  countImages,
  IMAGE_FILTER_SHAPE,
  imageFilterOf,
  LIST_SHAPE,
  listImages,
  type ListImagesOptions,
  orderOf,
} from "@progimage/core";
import { imageJson } from "../http/image_json.ts";
import { pageAnswer } from "../http/page_answer.ts";
import { DEFAULT_LIMIT } from "../http/page_query.ts";
import { readQuery } from "../http/read_query.ts";
import type { ServerContext } from "../server_context.ts";

/** `GET /images`: pages by cursor, the newest first unless asked otherwise. */
export function listImagesRoute({ ports, publicUrl }: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const { items, next } = await listImages(ports, readOptions(request));
    return pageAnswer(request, { items: items.map((image) => imageJson(image, publicUrl)), next });
  };
}

/** `GET /images/count`: how many images pass the filters of a list. */
export function countImagesRoute({ ports }: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const filter = imageFilterOf(readQuery(request, IMAGE_FILTER_SHAPE));
    return Response.json(await countImages(ports, filter), {
      headers: { "cache-control": "private, no-cache" },
    });
  };
}

function readOptions(request: Request): ListImagesOptions {
  const { order: text, limit = DEFAULT_LIMIT, cursor, ...json } = readQuery(request, LIST_SHAPE);
  const filter = imageFilterOf(json);
  return { ...filter, ...readOrder(text, filter), limit, cursor };
}

function readOrder(
  text: string | undefined,
  filter: Parameters<typeof orderOf>[0],
): Pick<ListImagesOptions, "descending" | "order"> {
  if (text === undefined) {
    const order = orderOf(filter);
    return { order, descending: order === "createdAt" };
  }
  const descending = text.startsWith("-");
  return { order: (descending ? text.slice(1) : text) as ListImagesOptions["order"], descending };
}
