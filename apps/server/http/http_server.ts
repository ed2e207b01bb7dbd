import { ProgImageError } from "@progimage/core";
import { createDoor } from "../access/door.ts";
import type { ConnectionDrain } from "./connection_drain.ts";
import { answerPreflight, type Cors, createCors } from "./cors.ts";
import { deprecationHeaders } from "../answer/deprecation.ts";
import { closeToPages } from "../answer/page_headers.ts";
import { isServersTrouble, problemOf, problemResponse } from "./problem.ts";
import { beginContext, contextOf, requestIdOf, workFor } from "./request_context.ts";
import { completeTarget, targetOf } from "./request_target.ts";
import type { ServerContext } from "../server_context.ts";

/** Answers a request: what an Elysia app does, for instance. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Settings and parts of the server that {@linkcode listen} needs. */
export interface ListenContext extends Pick<ServerContext, "config" | "known" | "log"> {
  /** Hears of every answer. */
  readonly drain: ConnectionDrain;
}

/** Bun looks at its timers so seldom, and one may end early by as much. */
const TIMER_GRAIN_SECONDS = 4;

/** Bun's own limit answers without a body, before we see the request: ours come first. */
const BODY_BACKSTOP_FACTOR = 2;

/**
 * Listens, and gives each request its id, its line in the log and the headers that every answer has. Pages of strangers are kept
 * out here. What is known from before is answered here, without a look at the routes.
 */
export function listen(answer: Answer, context: ListenContext) {
  const { config, drain, known, log } = context;
  const cors = createCors(config.corsOrigins);
  const door = createDoor(config);
  const isLogged = log.isLevelEnabled("info");
  /** How long a client may take nothing of its answer, or send nothing on a connection that it keeps. Uploads and renders ask for more. */
  const idleSeconds = Math.ceil(config.sendIdleMs / 1000) + TIMER_GRAIN_SECONDS;

  return Bun.serve({
    hostname: config.host,
    port: config.port,
    development: false,
    reusePort: config.httpProcesses > 1,
    idleTimeout: idleSeconds,
    maxRequestBodySize:
      BODY_BACKSTOP_FACTOR * Math.max(config.maxArchiveBytes, config.maxRequestBytes, config.maxUploadBytes),
    fetch(request, server) {
      const startedAt = performance.now();
      const id = requestIdOf(request);
      const common = commonHeaders(request, id, cors);
      const first = refused(door(request), id, common) ?? answerPreflight(request, cors, common);
      if (first) return logged(request, first, id, startedAt);
      completeTarget(request);
      const remembered = known.answer(request, common);
      if (remembered instanceof Response) return logged(request, remembered, id, startedAt);
      const keepAlive = (seconds: number) => server.timeout(request, seconds);
      beginContext(request, { id, keepAlive, awaitClient: () => keepAlive(idleSeconds) });
      return answerSlowly(request, { remembered, id, common, startedAt });
    },
    error(error) {
      const failure = isMissing(error) ? evictedMeanwhile(error) : error;
      if (failure === error) log.error({ err: error }, "Cannot answer a request");
      return problemResponse(problemOf(failure, { requestId: "unknown", debug: config.debug }));
    },
  });

  async function answerSlowly(
    request: Request,
    { remembered, id, common, startedAt }: Begun,
  ): Promise<Response> {
    const response = await remembered?.catch((error: unknown) => failed(error, id, common));
    if (response) return logged(request, response, id, startedAt);
    const made = await workFor(id, () => answer(request));
    contextOf(request).awaitClient();
    closeToPages(made);
    nameJson(made);
    for (const [name, value] of Object.entries({ ...common, ...deprecationHeaders(request) }))
      setHeader(made.headers, name, value);
    return logged(request, made, id, startedAt);
  }

  function refused(refusal: Error | null, requestId: string, common: Begun["common"]): Response | null {
    return refusal && problemResponse(problemOf(refusal, { requestId, debug: config.debug }), { ...common });
  }

  /** What is known may lie elsewhere, and not come. */
  function failed(error: unknown, requestId: string, common: Begun["common"]): Response {
    const problem = problemOf(error, { requestId, debug: config.debug });
    if (isServersTrouble(problem)) log.error({ requestId, err: error }, "Cannot answer a request");
    return problemResponse(problem, { ...common });
  }

  function logged(request: Request, response: Response, requestId: string, startedAt: number): Response {
    drain.mark(response);
    if (isLogged) log.info(line(request, response, requestId, performance.now() - startedAt), "request");
    return response;
  }
}

interface Begun {
  readonly remembered: Promise<Response | null> | null;
  readonly id: string;
  readonly common: Record<string, string>;
  readonly startedAt: number;
}

/** The headers that every answer has. */
function commonHeaders({ headers }: Request, id: string, cors: Cors): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "x-request-id": id,
    ...cors.headersFor(headers.get("origin")),
  };
}

/** JSON is UTF-8 by its definition: its type is written alike everywhere. @see https://www.rfc-editor.org/rfc/rfc8259#section-11 */
function nameJson({ headers }: Response): void {
  if (headers.get("content-type") === "application/json;charset=utf-8")
    headers.set("content-type", "application/json");
}

/** An answer may already vary by something else. */
function setHeader(headers: Headers, name: string, value: string): void {
  const before = name === "vary" ? headers.get(name) : null;
  headers.set(name, before && before !== value ? `${before}, ${value}` : value);
}

function line(request: Request, response: Response, requestId: string, milliseconds: number) {
  return {
    requestId,
    method: request.method,
    path: targetOf(request),
    status: response.status,
    ms: Math.round(milliseconds * 10) / 10,
  };
}

/** A file can be evicted between the look for it and its being sent. */
function evictedMeanwhile(cause: Error): ProgImageError {
  const message = "Cannot send image as it was evicted a moment ago: try again";
  return new ProgImageError("unavailable", message, { cause, details: { retryAfter: 1 } });
}

function isMissing(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
