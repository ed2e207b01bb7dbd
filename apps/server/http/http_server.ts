import { ProgImageError } from "@progimage/core";
import { createClientAddress } from "../access/address/client_address.ts";
import { type Caller, STRANGER } from "../access/caller.ts";
import type { Door } from "../access/door.ts";
import type { Allowance } from "../access/rate/allowance.ts";
import { createRateRule, type RateRuleOptions } from "../access/rate/rate_rule.ts";
import type { Admission } from "../access/recogniser.ts";
import { rightOf } from "../access/route_rights.ts";
import { dropSignature } from "../access/signature/drop_signature.ts";
import { hideSignature } from "../access/signature/signed_target.ts";
import type { ConnectionDrain } from "./connection_drain.ts";
import { answerPreflight, type Cors, createCors } from "./cors.ts";
import { deprecationHeaders } from "../answer/deprecation.ts";
import { closeToPages } from "../answer/page_headers.ts";
import { isServerFault, problemDocument, problemOf, problemResponse } from "./problem.ts";
import { beginContext, contextOf, problemCodeOf, requestIdOf, workFor } from "./request_context.ts";
import { completeTarget, lowerId, pathOf, replaceTarget, targetOf } from "./request_target.ts";
import type { ServerContext } from "../server_context.ts";

/** Handles a request, like an Elysia app. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Settings and parts that {@linkcode listen} needs. */
export interface ListenContext extends Pick<ServerContext, "config" | "known" | "log"> {
  readonly door: Door;
  /** Marks every answer while the server drains. */
  readonly drain: ConnectionDrain;
  /** Returns the rates of a tenant that has its own. @default {() => null} */
  readonly ratesOf?: RateRuleOptions["ratesOf"];
}

/** The interval of Bun's connection timers, which may also fire early by this much. */
const TIMER_GRAIN_SECONDS = 4;

const DISBELIEF =
  "X-Forwarded-For and Forwarded of this address are not believed: if it is a proxy, list it in PROGIMAGE_TRUSTED_PROXIES";

/** A multiple of our own limit. Bun's limit answers without a body, before we see the request: ours must apply first. */
const BODY_BACKSTOP_FACTOR = 2;

/**
 * Listens, and gives each request its id, its log line and the headers common to all answers. It applies the access rules and the
 * cache of answers before any route.
 */
export function listen(answer: Answer, context: ListenContext) {
  const { config, door, drain, known, log, ratesOf } = context;
  const cors = createCors(config.corsOrigins);
  const clientAddress = createClientAddress(config.trustedProxies, {
    onDisbelief: (peer) => log.warn({ address: peer }, DISBELIEF),
  });
  const rates = createRateRule(config, { ratesOf });
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
      const findAddress = () => clientAddress(server.requestIP(request)?.address ?? "", request.headers);
      const address = isLogged ? findAddress() : undefined;
      const id = requestIdOf(request);
      const begun = { id, address, startedAt };
      const common = commonHeaders(request, id, cors);
      const keepAlive = (seconds: number) => server.timeout(request, seconds);
      completeTarget(request);
      const admission = door(request, () => rates.chargeLookUp(findAddress));
      const arrival = { ...begun, common, keepAlive, findAddress };
      if (admission instanceof Promise)
        return admission.then((settled) => answerAdmission(request, settled, arrival));
      return answerAdmission(request, admission, arrival);
    },
    error(error) {
      const failure = isMissing(error) ? evictedMeanwhile(error) : error;
      if (failure === error) log.error({ err: error }, "Cannot answer a request");
      return problemDocument(problemOf(failure, { requestId: "unknown", debug: config.debug }));
    },
  });

  function answerAdmission(
    request: Request,
    admission: Admission,
    arrival: Arrival,
  ): Response | Promise<Response> {
    const { id, keepAlive, address, common, findAddress } = arrival;
    const isRefused = admission instanceof Error;
    const allowance = rates.allow(request, isRefused ? STRANGER : admission, () => address ?? findAddress());
    if (allowance.refusal) return refuse(request, allowance.refusal, { arrival, allowance });
    if (isRefused) return refuse(request, admission, { arrival, allowance });
    const preflight = answerPreflight(request, cors, common);
    if (preflight) return logged(request, preflight, arrival);
    const { signature } = admission;
    if (!signature) dropSignature(request);
    const remembered = known.answer(request, common, admission);
    if (remembered instanceof Response)
      return logged(request, remembered, signature ? { ...arrival, bare: signature.bare } : arrival);
    if (signature) replaceTarget(request, signature.bare);
    lowerId(request);
    const awaitClient = () => keepAlive(idleSeconds);
    beginContext(request, { id, caller: admission, allowance, keepAlive, awaitClient });
    return answerSlowly(request, { ...arrival, remembered });
  }

  async function answerSlowly(request: Request, begun: BegunSlowly): Promise<Response> {
    const { remembered, id, common } = begun;
    const response = await remembered?.catch((error: unknown) => failed(request, error, { id, common }));
    if (response) return logged(request, response, begun);
    const context = contextOf(request);
    const made = await workFor(context, () => answer(request));
    context.awaitClient();
    closeToPages(made);
    nameJson(made);
    for (const [name, value] of Object.entries({
      ...common,
      ...rateFields(request),
      ...deprecationHeaders(request),
    }))
      setHeader(made.headers, name, value);
    return logged(request, made, begun);
  }

  function refuse(
    request: Request,
    refusal: Exclude<Admission, Caller>,
    { arrival, allowance }: { readonly arrival: Arrival; readonly allowance: Allowance },
  ): Response {
    const problem = problemOf(refusal, { requestId: arrival.id, debug: config.debug });
    const headers = { ...arrival.common, ...allowance.fields() };
    return logged(request, problemResponse(request, problem, headers), arrival);
  }

  /** A cached answer may have remote bytes that fail to arrive. */
  function failed(
    request: Request,
    error: unknown,
    { id: requestId, common }: Pick<BegunSlowly, "common" | "id">,
  ): Response {
    const problem = problemOf(error, { requestId, debug: config.debug });
    if (isServerFault(problem)) log.error({ requestId, err: error }, "Cannot answer a request");
    return problemResponse(request, problem, { ...common });
  }

  function logged(request: Request, response: Response, begun: Begun): Response {
    drain.mark(response);
    if (isLogged) log.info(line(request, response, begun), "request");
    return response;
  }
}

/** The facts about a request for its log line. */
interface Begun {
  readonly id: string;
  /** The address of the client, or of the last proxy in front that is not trusted. */
  readonly address: string | undefined;
  readonly startedAt: number;
  /** The path and the query without a signature, if those of the request still have one. */
  readonly bare?: string;
}

/** A request at the door. */
interface Arrival extends Begun {
  /** The headers common to all answers. */
  readonly common: Record<string, string>;
  /** Extends the idle timeout of the connection to this many seconds. */
  readonly keepAlive: (seconds: number) => void;
  readonly findAddress: () => string;
}

/** A request whose answer is not cached. */
interface BegunSlowly extends Arrival {
  readonly remembered: Promise<Response | null> | null;
}

/** Returns the headers common to all answers. */
function commonHeaders({ headers }: Request, id: string, cors: Cors): Record<string, string> {
  return { "x-request-id": id, ...cors.headersFor(headers.get("origin")) };
}

/** Pictures have no fields of rates: caches in front keep them for other callers. */
function rateFields(request: Request): Readonly<Record<string, string>> {
  const isPicture = rightOf(request.method, pathOf(request)) === "delivery";
  return isPicture ? {} : contextOf(request).allowance.fields();
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

/** Returns the log line of a request. `forwardedFor` is the word of the proxies in front, or of the caller. */
function line(request: Request, response: Response, { id, address, bare, startedAt }: Begun) {
  const { status } = response;
  return {
    requestId: id,
    address,
    forwardedFor: request.headers.get("x-forwarded-for")?.slice(0, LONGEST_FORWARDED) ?? undefined,
    method: request.method,
    path: bare ?? hideSignature(targetOf(request)),
    status,
    code: status >= 400 ? problemCodeOf(request) : undefined,
    ms: Math.round((performance.now() - startedAt) * 10) / 10,
  };
}

/** Callers can send a header of any length. */
const LONGEST_FORWARDED = 200;

/** A file can be evicted between the lookup and the sending. */
function evictedMeanwhile(cause: Error): ProgImageError {
  const message = "Cannot send image as it was evicted a moment ago: try again";
  return new ProgImageError("unavailable", message, { cause, details: { retryAfter: 1 } });
}

function isMissing(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
