import {
  type EXPLAINED_RECIPE_SHAPE,
  EXPLAINED_SOURCE_SHAPE,
  explainRecipe,
  type JsonOf,
  parseJsonRecipe,
  type PresetDescription,
  readShape,
  type TransformDescription,
} from "@progimage/core";
import { Elysia } from "elysia";
import { visibleImages } from "../access/visible_images.ts";
import { answerList } from "../answer/list_answer.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { DETAILS } from "../open_api/details.ts";
import { findTransform } from "./find_transform.ts";

const PUBLIC = { cacheControl: "public, max-age=60" };
const PRIVATE = { cacheControl: "private, no-cache" };

/** `GET /transforms` and `GET /presets`, as lists and by name. `POST /recipes`: explains a recipe. */
export function catalogueRoutes(shared: SharedContext) {
  const { presets, transforms } = shared.ports;
  const presetCaching = shared.config.access === "open" ? PUBLIC : PRIVATE;
  return new Elysia()
    .get("/transforms", ({ request }) => answerList(request, { items: transforms.describe() }, PUBLIC), {
      detail: DETAILS.listTransforms,
    })
    .get(
      "/transforms/:name",
      ({ params }) => {
        const { name } = findTransform(transforms, params.name);
        return answerOne(
          transforms.describe().find((each) => each.name === name),
          PUBLIC,
        );
      },
      { detail: DETAILS.describeTransform },
    )
    .get("/presets", ({ request }) => answerList(request, { items: presets.describe() }, presetCaching), {
      detail: DETAILS.listPresets,
    })
    .get(
      "/presets/:name",
      ({ params }) => {
        presets.get(params.name);
        const isMeant = ({ name, version }: PresetDescription) =>
          params.name === name || params.name === `${name}@${version}`;
        // Versions are sorted: a name without a version refers to the latest.
        return answerOne(presets.describe().findLast(isMeant), presetCaching);
      },
      { detail: DETAILS.describePreset },
    )
    .post("/recipes", ({ request }) => explain(shared.of(request), request), {
      parse: "none",
      detail: DETAILS.explainRecipe,
    });
}

function answerOne(
  described: PresetDescription | TransformDescription | undefined,
  { cacheControl }: typeof PUBLIC,
): Response {
  return Response.json(described, { headers: { "cache-control": cacheControl } });
}

async function explain({ config, ports }: ServerContext, request: Request): Promise<Response> {
  const { source, ...json } = await receiveObject(request, config);
  const { limits, presets, transforms } = ports;
  const options = { maxSteps: limits.recipeSteps, presets, beside: ["source"] };
  const recipe = parseJsonRecipe(json, transforms, options);
  const from =
    source === undefined ? undefined : readShape(EXPLAINED_SOURCE_SHAPE, source, { path: "source" });
  const explained: JsonOf<typeof EXPLAINED_RECIPE_SHAPE> = await explainRecipe(
    visibleImages(ports, request),
    recipe,
    from,
  );
  return Response.json(explained, { headers: { "cache-control": "no-store" } });
}
