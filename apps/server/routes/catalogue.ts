import { Elysia } from "elysia";
import { answerList } from "../http/list_answer.ts";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

const PUBLIC = { cacheControl: "public, max-age=60" };

/** `GET /transforms` and `GET /presets`: what can be done to images. */
export function catalogueRoutes({ ports }: ServerContext) {
  return new Elysia()
    .get(
      "/transforms",
      ({ request }) => answerList(request, { items: ports.transforms.describe() }, PUBLIC),
      {
        detail: DETAILS.listTransforms,
      },
    )
    .get("/presets", ({ request }) => answerList(request, { items: ports.presets.describe() }, PUBLIC), {
      detail: DETAILS.listPresets,
    });
}
