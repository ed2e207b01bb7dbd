import { ProgImageError } from "@progimage/core";
import { isPreflight } from "../http/cors.ts";
import { Refusal } from "../http/refusal.ts";
import { pathOf } from "../http/request_target.ts";
import { type Caller, OPEN_CALLER } from "./caller.ts";
import { createHostRule, type HostSettings } from "./host_rule.ts";
import { createOriginRule, type OriginSettings } from "./origin_rule.ts";

/** The settings of access control. */
export type DoorSettings = HostSettings & OriginSettings;

/** The caller of an allowed request, or the reason for refusing it. */
export type Admission = Caller | ProgImageError | Refusal;

/** Returns who sends a request, or the reason for refusing it. It waits only for callers that it does not remember. */
export type Door = (request: Request) => Admission | Promise<Admission>;

const LONGEST_QUOTE = 100;

/** Returns the access check that runs before every request. It refuses foreign hosts, and writes from pages of other origins. */
export function createDoor(settings: DoorSettings): Door {
  const verdictOn = createHostRule(settings);
  const isForeign = createOriginRule(settings);
  return (request) => {
    const { headers, method } = request;
    const host = headers.get("host");
    const verdict = host ? verdictOn(host) : "allowed";
    if (verdict === "unusable") return unusableHost(host ?? "");
    if (verdict === "refused" && !isFree(request)) return hostRefused(host ?? "");
    if (method === "GET" || method === "HEAD" || method === "OPTIONS" || !isForeign(headers))
      return OPEN_CALLER;
    return originRefused(request);
  };
}

/**
 * Whether a request is answered under any host. Load balancers and orchestrators probe under arbitrary hosts, and learn only whether
 * the server works. A preflight must pass so that an allowed page can read why its request is refused.
 */
function isFree(request: Request): boolean {
  const path = pathOf(request);
  return path === "/healthz" || path === "/readyz" || isPreflight(request);
}

function unusableHost(host: string): ProgImageError {
  const message = `Cannot read header Host as it must be a name or an address, with or without a port: it is ${quoted(host)}`;
  return new ProgImageError("invalid_request", message, { details: { parameter: "Host" } });
}

function hostRefused(host: string): Refusal {
  const message = `Cannot answer for host ${quoted(host)} as its name is not in PROGIMAGE_ALLOWED_HOSTS`;
  return new Refusal("host_refused", message, { details: { parameter: "Host" } });
}

function originRefused({ headers, method }: Request): Refusal {
  const origin = headers.get("origin");
  const page = origin === null ? "a page of another site" : `a page of origin ${quoted(origin)}`;
  const message = `Cannot ${method} from ${page} unless PROGIMAGE_CORS_ORIGINS lists its origin by name`;
  return new Refusal("origin_refused", message, { details: { parameter: "Origin" } });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, LONGEST_QUOTE).toWellFormed());
}
