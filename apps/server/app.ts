import { Elysia } from "elysia";
import { assertVersion, isProgImageError } from "@progimage/core";
import elysia from "elysia/package.json";
import { failureOf } from "./http/client_left.ts";
import { withCurlHint } from "./request/curl_hint.ts";
import { contextOf } from "./http/request_context.ts";
import { isServerFault, methodNotAllowed, pathNotFound, problemOf, problemResponse } from "./http/problem.ts";
import { pathOf } from "./http/request_target.ts";
import { archiveRoutes } from "./routes/archives.ts";
import { catalogueRoutes } from "./routes/catalogue.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { frontPageRoutes } from "./routes/front_page.ts";
import { healthRoutes } from "./routes/health.ts";
import { imageRoutes } from "./routes/images.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { keyRoutes } from "./routes/keys.ts";
import { problemRoutes } from "./routes/problems.ts";
import { processRoutes } from "./routes/process_images.ts";
import { purgeRoutes } from "./routes/purge.ts";
import { signRoutes } from "./routes/sign.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { usageRoutes } from "./routes/usage.ts";
import { webhookSecretRoutes } from "./routes/webhook_secrets.ts";
import type { SharedContext } from "./server_context.ts";

/** Earlier versions of Elysia let callers run code. */
const ELYSIA_FLOOR = "1.4.30";

/** Combines the routes. The app answers requests but does not listen. */
export function createApp(context: SharedContext) {
  assertVersion("elysia", elysia.version, ELYSIA_FLOOR);
  const api = createApi(context);
  return new Elysia({ handler: { standardHostname: false }, strictPath: true })
    .onError({ as: "global" }, ({ code, error, request }) => {
      const requestId = contextOf(request).id;
      if (code === "NOT_FOUND") {
        const allowed = allowedMethods(api.routes, pathOf(request));
        if (allowed.length > 0 && request.method === "OPTIONS") return answerOptions(allowed);
        if (allowed.length > 0) return methodNotAllowed(request, allowed, requestId);
      }
      const failure =
        code === "NOT_FOUND" ? notFound(request) : withCurlHint(request, failureOf(request, error));
      const problem = problemOf(failure, { requestId, debug: context.config.debug });
      if (isServerFault(problem)) context.log.error({ requestId, err: failure }, problem.detail);
      else if (isProgImageError(failure) && failure.cause)
        context.log.debug({ requestId, err: failure }, problem.detail);
      return problemResponse(request, problem);
    })
    .use(api)
    .use(
      documentationRoutes(() => createApi(context), {
        publicUrl: context.publicUrl,
        transforms: context.ports.transforms,
      }),
    );

  /** A trailing slash does not match: each resource has one URL. */
  function notFound(request: Request): Error {
    const path = pathOf(request);
    const without = path.replace(/\/+$/, "");
    const isMeant = without !== path && allowedMethods(api.routes, without).length > 0;
    return pathNotFound(isMeant ? without : undefined);
  }
}

/** The routes for applications. */
function createApi(context: SharedContext) {
  return new Elysia()
    .use(imageRoutes(context))
    .use(archiveRoutes(context))
    .use(purgeRoutes(context))
    .use(signRoutes(context))
    .use(processRoutes(context))
    .use(jobRoutes(context))
    .use(keyRoutes(context))
    .use(tenantRoutes(context))
    .use(usageRoutes(context))
    .use(webhookSecretRoutes(context))
    .use(catalogueRoutes(context))
    .use(problemRoutes())
    .use(healthRoutes(context))
    .use(frontPageRoutes(context));
}

/** Answers `OPTIONS` with the methods of a path. A CORS preflight of an allowed origin has been answered before. */
function answerOptions(allowed: readonly string[]): Response {
  return new Response(null, { status: 204, headers: { allow: allowed.join(", ") } });
}

/** Returns the methods of a path; empty if no route matches it. */
function allowedMethods(
  routes: readonly { readonly method: string; readonly path: string }[],
  pathname: string,
): string[] {
  const parts = pathname.split("/");
  const matching = routes.filter(({ path }) => {
    const names = path.split("/");
    return (
      names.length === parts.length &&
      names.every((name, index) => (name.startsWith(":") ? parts[index] !== "" : name === parts[index]))
    );
  });
  const methods = matching.flatMap(({ method }) => (method === "GET" ? [method, "HEAD"] : method));
  return methods.length === 0 ? [] : [...new Set([...methods, "OPTIONS"])].toSorted();
}
