import {
  eraseImage,
  findImage,
  isImageId,
  ProgImageError,
  removeImage,
  restoreImage,
  updateImage,
} from "@progimage/core";
import { Elysia } from "elysia";
import { allowsTag, matchesAnyTag } from "../http/entity_tag.ts";
import { imageJson, infoHeaders, infoTag } from "../http/image_json.ts";
import { contextOf } from "../http/request_context.ts";
import { receiveObject } from "../http/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { bulkImagesRoute } from "./bulk_images.ts";
import { DETAILS } from "./details.ts";
import { importImagesRoute } from "./import_images.ts";
import { listDeletedImagesRoute } from "./list_deleted_images.ts";
import { countImagesRoute, listImagesRoute } from "./list_images.ts";
import { orDeleted } from "./or_deleted.ts";
import { readImageRoute } from "./read_image.ts";
import { uploadImagesRoute } from "./upload_images.ts";

/** `/images`: the repository. */
export function imageRoutes(context: ServerContext) {
  const read = readImageRoute(context);
  const { ports } = context;
  return new Elysia({ prefix: "/images" })
    .post("", uploadImagesRoute(context), { parse: "none", detail: DETAILS.uploadImages })
    .post("/bulk", bulkImagesRoute(context), { parse: "none", detail: DETAILS.bulkImages })
    .post("/import", importImagesRoute(context), { parse: "none", detail: DETAILS.importImages })
    .get("", listImagesRoute(context), { detail: DETAILS.listImages })
    .get("/count", countImagesRoute(context), { detail: DETAILS.countImages })
    .get("/deleted", listDeletedImagesRoute(context), { detail: DETAILS.listDeletedImages })
    .get("/:id", ({ request, params }) => read(request, params.id), { detail: DETAILS.readImage })
    .head("/:id", ({ request, params }) => read(request, params.id), { detail: { hide: true } })
    .get(
      "/:id/info",
      async ({ request, params }) => {
        const image = await findImage(ports, params.id).catch(orDeleted(context, params.id));
        const headers = infoHeaders(image);
        if (matchesAnyTag(request.headers.get("if-none-match"), infoTag(image)))
          return new Response(null, { status: 304, headers });
        return Response.json(imageJson(image, context.publicUrl), { headers });
      },
      { detail: DETAILS.describeImage },
    )
    .patch(
      "/:id",
      async ({ request, params }) => {
        const patch = await receiveObject(request, context.config);
        const ifMatch = request.headers.get("if-match");
        const onlyIf = (image: Parameters<typeof infoTag>[0]) => allowsTag(ifMatch, infoTag(image));
        const updating = updateImage(ports, params.id, patch, { onlyIf });
        const image = await updating.catch(orDeleted(context, params.id));
        return Response.json(imageJson(image, context.publicUrl), { headers: infoHeaders(image) });
      },
      { parse: "none", detail: DETAILS.updateImage },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        const ifMatch = request.headers.get("if-match");
        const removing = removeIfMatches(params.id, ifMatch);
        await removing.catch(orDeleted(context, params.id));
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.removeImage },
    )
    .post(
      "/:id/restore",
      async ({ params }) => {
        const options = { deletedGrace: context.config.deletedGraceMs };
        const image = await restoreImage(ports, params.id, options);
        return Response.json(imageJson(image, context.publicUrl), { headers: infoHeaders(image) });
      },
      { parse: "none", detail: DETAILS.restoreImage },
    )
    .post(
      "/:id/erase",
      async ({ request, params }) => {
        await checkIfMatch(request, params.id);
        contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
        await eraseImage(ports, params.id);
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.eraseImage },
    );

  async function removeIfMatches(id: string, ifMatch: string | null): Promise<void> {
    if (ifMatch !== null && !allowsTag(ifMatch, infoTag(await findImage(ports, id))))
      throw new ProgImageError("changed", "Cannot delete image as it has changed since: read it again");
    await removeImage(ports, id);
  }

  /** A deleted image has no state that a caller could have read since. */
  async function checkIfMatch(request: Request, id: string): Promise<void> {
    const ifMatch = request.headers.get("if-match");
    if (ifMatch === null || !isImageId(id)) return;
    const image = await ports.catalog.find(id);
    if (image && !allowsTag(ifMatch, infoTag(image)))
      throw new ProgImageError("changed", "Cannot erase image as it has changed since: read it again");
  }
}

/** Seconds that the connection may be silent while a store that is away is asked to remove bytes. */
const KEEP_ALIVE_SECONDS = 60;
