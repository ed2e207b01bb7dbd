import { EXPLAINED_SOURCE_SHAPE, explainRecipe, parseJsonRecipe, readShape } from "@progimage/core";
import { Elysia } from "elysia";
import { receiveObject } from "../http/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

/** `GET /transforms` and `GET /presets`: what can be done to images. `POST /recipes`: what a recipe does. */
export function catalogueRoutes(context: ServerContext) {
  const { ports } = context;
  const answer = (items: readonly unknown[]) =>
    Response.json({ items }, { headers: { "cache-control": "public, max-age=60" } });
  return new Elysia()
    .get("/transforms", () => answer(ports.transforms.describe()), { detail: DETAILS.listTransforms })
    .get("/presets", () => answer(ports.presets.describe()), { detail: DETAILS.listPresets })
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
