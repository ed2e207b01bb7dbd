import { ProgImageError, purgeImage, purgeImages, type PurgeSelection } from "@progimage/core";
import { Elysia } from "elysia";
import { refuseIdempotencyKey } from "../http/idempotency_key.ts";
import { receiveObject } from "../http/receive_object.ts";
import { contextOf } from "../http/request_context.ts";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";
import { orDeleted } from "./or_deleted.ts";

/** `DELETE /images/{id}/derivatives` and `POST /purge`: what was rendered is rendered anew when it is asked for. */
export function purgeRoutes(context: ServerContext) {
  const { config, ports } = context;
  return new Elysia()
    .delete(
      "/images/:id/derivatives",
      async ({ params }) => {
        await purgeImage(ports, params.id).catch(orDeleted(context, params.id));
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: DETAILS.purgeImage },
    )
    .post(
      "/purge",
      async ({ request }) => {
        refuseIdempotencyKey(request);
        const selection = readSelection(await receiveObject(request, config));
        contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
        const { purged } = await purgeImages(ports, selection);
        return Response.json({ purged }, { headers: { "cache-control": "no-store" } });
      },
      { parse: "none", detail: DETAILS.purgeImages },
    );
}

/** Seconds that the connection may be silent while many images are purged. */
const KEEP_ALIVE_SECONDS = 255;

const MAX_IDS = 1_000;

const READERS: Readonly<Record<string, (value: unknown) => PurgeSelection>> = {
  ids: readIds,
  tag: readTag,
  all: readAll,
};

/** @throws {ProgImageError} `invalid_request`, also for nothing: that must not be everything; `invalid_parameter` */
function readSelection(json: Readonly<Record<string, unknown>>): PurgeSelection {
  const names = Object.keys(json);
  const [name = ""] = names;
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (read && names.length === 1) return read(json[name]);
  const known = Object.keys(READERS);
  const message = `Cannot purge as the JSON must have exactly one of ${known.join(", ")}: it has ${shown(names)}`;
  throw new ProgImageError("invalid_request", message, { details: { known } });
}

function shown(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return names.length === 1 ? JSON.stringify(names[0]?.slice(0, 64)) : `${names.length} fields`;
}

function readIds(value: unknown): PurgeSelection {
  const isList = Array.isArray(value) && value.every((id) => typeof id === "string");
  if (isList && value.length > 0 && value.length <= MAX_IDS) return { ids: value };
  throw invalid("ids", `a list of 1 to ${MAX_IDS} ids`);
}

function readTag(value: unknown): PurgeSelection {
  if (typeof value === "string" && value !== "") return { tag: value };
  throw invalid("tag", "a text that is not empty");
}

function readAll(value: unknown): PurgeSelection {
  if (value === true) return { all: true };
  throw invalid("all", "true");
}

function invalid(parameter: string, rule: string): ProgImageError {
  const message = `Cannot purge as ${parameter} must be ${rule}: it is something else`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
