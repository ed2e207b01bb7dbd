import { ProgImageError } from "@progimage/core";
import { Elysia } from "elysia";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

/** `GET /transforms` and `GET /presets`, and each of them by its name: what can be done to images. */
export function catalogueRoutes({ ports }: ServerContext) {
  const { presets, transforms } = ports;
  return new Elysia()
    .get("/transforms", () => answer({ items: transforms.describe() }), { detail: DETAILS.listTransforms })
    .get(
      "/transforms/:name",
      ({ params }) => {
        const all = transforms.describe();
        const found = all.find(({ name }) => name === params.name);
        return answer(found ?? refuse("transform", all));
      },
      { detail: DETAILS.describeTransform },
    )
    .get("/presets", () => answer({ items: presets.describe() }), { detail: DETAILS.listPresets })
    .get(
      "/presets/:name",
      ({ params }) => {
        const all = presets.describe();
        const isMeant = ({ name, version }: (typeof all)[number]) =>
          params.name === name || params.name === `${name}@${version}`;
        // Versions are in their order: without one the latest is meant.
        return answer(all.findLast(isMeant) ?? refuse("preset", all));
      },
      { detail: DETAILS.describePreset },
    );
}

function answer(body: object): Response {
  return Response.json(body, { headers: { "cache-control": "public, max-age=60" } });
}

function refuse(what: string, all: readonly { readonly name: string }[]): never {
  const known = [...new Set(all.map(({ name }) => name))];
  const message = `Cannot find ${what} of this name: known are ${known.join(", ") || "none"}`;
  throw new ProgImageError("not_found", message, { details: { parameter: "name", known } });
}
