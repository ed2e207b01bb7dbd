import { listDeletedImages } from "@progimage/core";
import { deletedImageJson } from "../answer/image_json.ts";
import { answerList } from "../answer/list_answer.ts";
import { readPageQuery } from "../request/page_query.ts";
import type { SharedContext } from "../server_context.ts";

/** `GET /images/deleted`: pages of the images that can be restored, most recently deleted first. */
export function listDeletedImagesRoute(shared: SharedContext) {
  const { config } = shared;
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const { cursor, limit } = readPageQuery(request);
    const options = { cursor, limit, deletedGrace: config.deletedGraceMs };
    const { items, next } = await listDeletedImages(shared.of(request).ports, options);
    return answerList(request, { items: items.map((each) => deletedImageJson(each, shared)), next });
  };
}
