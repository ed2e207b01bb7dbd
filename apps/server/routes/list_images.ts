import {
  countImages,
  imageFilterOf,
  type LIST_SHAPE,
  listImages,
  listShapes,
  type ListImagesOptions,
  orderOf,
} from "@progimage/core";
import { imageJson } from "../answer/image_json.ts";
import { answerList } from "../answer/list_answer.ts";
import { DEFAULT_LIMIT } from "../request/page_query.ts";
import { readQuery } from "../request/read_query.ts";
import type { SharedContext } from "../server_context.ts";

/** `GET /images`: pages by cursor, newest first by default. */
export function listImagesRoute(shared: SharedContext) {
  const shape = listShapes(shared.config.metadataKeys).list;
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const { items, next } = await listImages(shared.of(request).ports, readOptions(request, shape));
    return answerList(request, { items: items.map((image) => imageJson(image, shared)), next });
  };
}

/** `GET /images/count`: the number of images that match the filters of a list. */
export function countImagesRoute(shared: SharedContext) {
  const shape = listShapes(shared.config.metadataKeys).filter;
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const filter = imageFilterOf(readQuery(request, shape));
    return Response.json(await countImages(shared.of(request).ports, filter), {
      headers: { "cache-control": "private, no-cache" },
    });
  };
}

function readOptions(request: Request, shape: typeof LIST_SHAPE): ListImagesOptions {
  const { order: text, limit = DEFAULT_LIMIT, cursor, ...json } = readQuery(request, shape);
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
