import { ProgImageError } from "@progimage/core";
import { createDoor } from "../access/door.ts";
import type { ConnectionDrain } from "./connection_drain.ts";
import { answerPreflight, type Cors, createCors } from "./cors.ts";
import { deprecationHeaders } from "../answer/deprecation.ts";
import { closeToPages } from "../answer/page_headers.ts";
import { isServerFault, problemOf, problemResponse } from "./problem.ts";
import { beginContext, contextOf, requestIdOf, workFor } from "./request_context.ts";
import { completeTarget, lowerId, targetOf } from "./request_target.ts";
import type { ServerContext } from "../server_context.ts";

/** Handles a request, like an Elysia app. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Settings and parts that {@linkcode listen} needs. */
export interface ListenContext extends Pick<ServerContext, "config" | "known" | "log"> {
  /** Marks every answer while the server drains. */
  readonly drain: ConnectionDrain;
}

/** The interval of Bun's connection timers, which may also fire early by this much. */
const TIMER_GRAIN_SECONDS = 4;

/** A multiple of our own limit. Bun's limit answers without a body, before we see the request: ours must apply first. */
const BODY_BACKSTOP_FACTOR = 2;

/**
 * Listens, and gives each request its id, its log line and the headers common to all answers. It applies the access rules and the
 * cache of answers before any route.
 */
export function listen(answer: Answer, context: ListenContext) {
  const { config, drain, known, log } = context;
  const cors = createCors(config.corsOrigins);
  const door = createDoor(config);
  const isLogged = log.isLevelEnabled("info");
  /** How long a client may take nothing of its answer, or stay idle on a kept connection. Uploads and renders extend it. */
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
      lowerId(request);
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

  /** A cached answer may have remote bytes that fail to arrive. */
  function failed(error: unknown, requestId: string, common: Begun["common"]): Response {
    const problem = problemOf(error, { requestId, debug: config.debug });
    if (isServerFault(problem)) log.error({ requestId, err: error }, "Cannot answer a request");
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

/** Returns the headers common to all answers. */
function commonHeaders({ headers }: Request, id: string, cors: Cors): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "x-request-id": id,
    ...cors.headersFor(headers.get("origin")),
  };
}

/** JSON is UTF-8 by definition: all answers have the same media type. @see https://www.rfc-editor.org/rfc/rfc8259#section-11 */
function nameJson({ headers }: Response): void {
  if (headers.get("content-type") === "application/json;charset=utf-8")
    headers.set("content-type", "application/json");
}

/** Keeps an existing `Vary`, and adds to it. */
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

/** A file can be evicted between the lookup and the sending. */
function evictedMeanwhile(cause: Error): ProgImageError {
  const message = "Cannot send image as it was evicted a moment ago: try again";
  return new ProgImageError("unavailable", message, { cause, details: { retryAfter: 1 } });
}

function isMissing(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
