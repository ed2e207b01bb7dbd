import { EXPLAINED_SOURCE_SHAPE, explainRecipe, parseJsonRecipe, readShape } from "@progimage/core";
import { Elysia } from "elysia";
import { answerList } from "../http/list_answer.ts";
import { receiveObject } from "../http/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

const PUBLIC = { cacheControl: "public, max-age=60" };

/** `GET /transforms` and `GET /presets`: what can be done to images. `POST /recipes`: what a recipe does. */
export function catalogueRoutes(context: ServerContext) {
  const { ports } = context;
  return new Elysia()
    .get(
      "/transforms",
      ({ request }) => answerList(request, { items: ports.transforms.describe() }, PUBLIC),
      { detail: DETAILS.listTransforms },
    )
    .get("/presets", ({ request }) => answerList(request, { items: ports.presets.describe() }, PUBLIC), {
      detail: DETAILS.listPresets,
    })
    .post("/recipes", ({ request }) => explain(context, request), {
      parse: "none",
      detail: DETAILS.explainRecipe,
    });
}

async function explain({ config, ports }: ServerContext, request: Request): Promise<Response> {
  const { source, ...json } = await receiveObject(request, config);
  const { limits, presets, transforms } = ports;
  const recipe = parseJsonRecipe(json, transforms, { maxSteps: limits.recipeSteps, presets });
  const from =
    source === undefined ? undefined : readShape(EXPLAINED_SOURCE_SHAPE, source, { path: "source" });
  const explained = await explainRecipe(ports, recipe, from);
  return Response.json(explained, { headers: { "cache-control": "no-store" } });
}
