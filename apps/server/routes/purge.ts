import {
  IMAGE_SELECTION_KINDS,
  type ImageSelection,
  type JsonOf,
  type Limits,
  purgeImage,
  purgeImages,
  readShape,
  selectionReader,
} from "@progimage/core";
import { Elysia } from "elysia";
import { purgeScopes } from "../access/body_rights.ts";
import { requireScope } from "../access/require_scope.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { receiveObjectOfIds } from "../request/receive_object.ts";
import { contextOf } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import { PURGE_REQUEST_SHAPE, type PURGED_SHAPE } from "../shape/purge_shape.ts";
import { DETAILS } from "../open_api/details.ts";
import { orDeleted } from "./or_deleted.ts";

/** `DELETE /images/{id}/derivatives` and `POST /purge`: discard derivatives, which are rendered again when they are requested. */
export function purgeRoutes(shared: SharedContext) {
  const { config, ports } = shared;
  const readSelection = purgeReader(ports.limits);
  return new Elysia()
    .delete(
      "/images/:id/derivatives",
      async ({ request, params }) => {
        const context = shared.of(request);
        await purgeImage(context.ports, params.id).catch(orDeleted(context, params.id));
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.purgeImage },
    )
    .post(
      "/purge",
      async ({ request }) => {
        refuseIdempotencyKey(request);
        const selection = readSelection(await receiveObjectOfIds(request, config));
        requireScope(request, ...purgeScopes(selection));
        contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
        const { purged, missing } = await purgeImages(shared.of(request).ports, selection);
        const json: JsonOf<typeof PURGED_SHAPE> = { purged, missing };
        return Response.json(json, { headers: { "cache-control": "no-store" } });
      },
      { parse: "none", detail: DETAILS.purgeImages },
    );
}

/** Seconds that the connection may be silent while many images are purged. */
const KEEP_ALIVE_SECONDS = 255;

/** Returns the reader of purge selections: `tag` is an alias of the filter by tag. */
function purgeReader(limits: Limits): (json: Readonly<Record<string, unknown>>) => ImageSelection {
  const readSelection = selectionReader(IMAGE_SELECTION_KINDS, limits);
  return (json) => {
    const { select, tag } = readShape(PURGE_REQUEST_SHAPE, json);
    return readSelection(tag === undefined ? select : { filter: { tag } });
  };
}
