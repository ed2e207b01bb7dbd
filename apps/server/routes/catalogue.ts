import { Elysia } from "elysia";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

/** `GET /transforms` and `GET /presets`: what can be done to images. */
export function catalogueRoutes({ ports }: ServerContext) {
  const answer = (items: readonly unknown[]) =>
    Response.json({ items }, { headers: { "cache-control": "public, max-age=60" } });
  return new Elysia()
    .get("/transforms", () => answer(ports.transforms.describe()), { detail: DETAILS.listTransforms })
    .get("/presets", () => answer(ports.presets.describe()), { detail: DETAILS.listPresets });
}
