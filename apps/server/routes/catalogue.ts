import { Elysia } from "elysia";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

/** `GET /transforms`: what can be done to images. */
export function catalogueRoutes({ ports }: ServerContext) {
  const catalogue = { items: ports.transforms.describe() };
  const answer = () => Response.json(catalogue, { headers: { "cache-control": "public, max-age=60" } });
  return new Elysia().get("/transforms", answer, { detail: DETAILS.listTransforms });
}
