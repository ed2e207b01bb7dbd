import { eraseImage, findImage, type Image, removeImage, restoreImage, updateImage } from "@progimage/core";
import { Elysia } from "elysia";
import { isNotModified } from "../answer/conditions.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { checkDescriptionTag, checkEitherTag } from "../request/if_match.ts";
import { answerImageInfo, infoHeaders, infoValidators } from "../answer/image_json.ts";
import { contextOf } from "../http/request_context.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { SharedContext } from "../server_context.ts";
import { bulkImagesRoute } from "./bulk_images.ts";
import { DETAILS } from "../open_api/details.ts";
import { importImagesRoute } from "./import_images.ts";
import { listDeletedImagesRoute } from "./list_deleted_images.ts";
import { countImagesRoute, listImagesRoute } from "./list_images.ts";
import { orDeleted } from "./or_deleted.ts";
import { readImageRoute } from "./read_image.ts";
import { UPLOAD_DETAILS } from "../open_api/upload_details.ts";
import { uploadBatchRoute, uploadImagesRoute } from "./uploads/upload_images.ts";

/** `/images`: the repository. */
export function imageRoutes(shared: SharedContext) {
  const { config } = shared;
  const read = readImageRoute(shared);
  return new Elysia({ prefix: "/images" })
    .post("", uploadImagesRoute(shared), { parse: "none", detail: UPLOAD_DETAILS.uploadImages })
    .post("/batch", uploadBatchRoute(shared), { parse: "none", detail: UPLOAD_DETAILS.uploadBatch })
    .post("/bulk", bulkImagesRoute(shared), { parse: "none", detail: DETAILS.bulkImages })
    .post("/import", importImagesRoute(shared), { parse: "none", detail: DETAILS.importImages })
    .get("", listImagesRoute(shared), { detail: DETAILS.listImages })
    .get("/count", countImagesRoute(shared), { detail: DETAILS.countImages })
    .get("/deleted", listDeletedImagesRoute(shared), { detail: DETAILS.listDeletedImages })
    .get("/:id", ({ request, params }) => read(request, params.id), { detail: DETAILS.readImage })
    .head("/:id", ({ request, params }) => read(request, params.id), { detail: { hide: true } })
    .get("/:id/info", ({ request, params }) => describe(request, params.id), {
      detail: DETAILS.describeImage,
    })
    .patch("/:id/info", ({ request, params }) => update(request, params.id), {
      parse: "none",
      detail: DETAILS.updateImage,
    })
    .patch("/:id", ({ request, params }) => update(request, params.id), {
      parse: "none",
      detail: DETAILS.updateImageItself,
    })
    .delete(
      "/:id",
      async ({ request, params }) => {
        const context = shared.of(request);
        const check = (image: Image) => checkEitherTag(request, image);
        await removeImage(context.ports, params.id, { check }).catch(orDeleted(context, params.id));
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.removeImage },
    )
    .post(
      "/:id/restore",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        const context = shared.of(request);
        const options = { deletedGrace: config.deletedGraceMs };
        return answerImageInfo(await restoreImage(context.ports, params.id, options), context);
      },
      { parse: "none", detail: DETAILS.restoreImage },
    )
    .post(
      "/:id/erase",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
        await eraseImage(shared.of(request).ports, params.id, {
          check: (image) => checkEitherTag(request, image),
        });
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.eraseImage },
    );

  async function describe(request: Request, id: string): Promise<Response> {
    const context = shared.of(request);
    const image = await findImage(context.ports, id).catch(orDeleted(context, id));
    if (isNotModified(request, infoValidators(image)))
      return new Response(null, { status: 304, headers: infoHeaders(image, context.publicUrl) });
    return answerImageInfo(image, context);
  }

  async function update(request: Request, id: string): Promise<Response> {
    const patch = await receiveObject(request, config);
    const context = shared.of(request);
    const check = (image: Image) => checkDescriptionTag(request, image);
    const image = await updateImage(context.ports, id, patch, { check }).catch(orDeleted(context, id));
    return answerImageInfo(image, context);
  }
}

/** Seconds that the connection may be silent while an unavailable store is asked to remove bytes. */
const KEEP_ALIVE_SECONDS = 60;
