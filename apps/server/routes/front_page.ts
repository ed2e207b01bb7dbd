import { type JsonOf, OUTPUT_FORMATS, SOURCE_FORMATS } from "@progimage/core";
import { Elysia } from "elysia";
import server from "../package.json";
import { prefersHtml } from "../request/prefers_html.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import type { SERVER_SHAPE } from "../shape/server_shape.ts";
import { FRONT_PAGE_DETAILS } from "../open_api/front_page_details.ts";

const HEADERS = {
  "cache-control": "public, max-age=60",
  // @see https://www.rfc-editor.org/rfc/rfc8631
  link: '<swagger/json>; rel="service-desc", <swagger>; rel="service-doc"',
  vary: "Accept",
};

/** `GET /`: the version, features and limits of this server. Browsers are redirected to the documentation. */
export function frontPageRoutes(shared: SharedContext) {
  return new Elysia().get(
    "/",
    ({ request }) =>
      prefersHtml(request)
        ? new Response(null, { status: 302, headers: { ...HEADERS, location: "swagger" } })
        : Response.json(describeServer(shared.of(request)), { headers: HEADERS }),
    { detail: FRONT_PAGE_DETAILS.describeServer },
  );
}

function describeServer(context: ServerContext): JsonOf<typeof SERVER_SHAPE> {
  return {
    name: "ProgImage",
    version: server.version,
    features: featuresOf(context),
    formats: { input: SOURCE_FORMATS, output: OUTPUT_FORMATS },
    limits: limitsOf(context),
  };
}

/** The features that another server may lack. More may be added in any version. */
function featuresOf({ config, ports, webhooks }: ServerContext): readonly string[] {
  const features = {
    exchange: ports.exchange !== null,
    fetch: config.fetch,
    restore: config.deletedGraceMs > 0,
    webhooks: webhooks !== null,
  };
  return Object.entries(features).flatMap(([name, isThere]) => (isThere ? name : []));
}

/** The limits that a caller needs to split its work into requests. */
function limitsOf({ config, ports: { limits } }: ServerContext) {
  return {
    uploadBytes: limits.uploadBytes,
    requestBytes: config.maxRequestBytes,
    requestFiles: config.maxFiles,
    archiveBytes: limits.archiveBytes,
    archiveEntries: limits.archiveEntries,
    jsonBytes: config.maxJsonBytes,
    fetchBytes: config.fetchMaxBytes,
    selectionItems: limits.selectionItems,
    jobOutputs: limits.jobOutputs,
    requestOutputs: config.maxOutputs,
    recipeSteps: limits.recipeSteps,
    svgBytes: limits.svgBytes,
    inputPixels: limits.inputPixels,
    inputSide: limits.inputSide,
    inputFrames: limits.inputFrames,
    outputPixels: limits.outputPixels,
    outputSide: limits.outputSide,
  };
}
