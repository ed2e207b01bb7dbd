import { ProgImageError } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import { isPreflight } from "../http/cors.ts";
import { Refusal } from "../http/refusal.ts";
import { pathOf } from "../http/request_target.ts";
import { asRefusal } from "./as_refusal.ts";
import { type Caller, OPEN_CALLER, STRANGER } from "./caller.ts";
import type { ChargeLookUp } from "./charge_look_up.ts";
import { createHostRule, type HostSettings } from "./host_rule.ts";
import { isProbe } from "./is_probe.ts";
import { createOriginRule, type OriginSettings } from "./origin_rule.ts";
import type { Admission, Recogniser } from "./recogniser.ts";
import { refuseWithoutScope } from "./require_scope.ts";
import { missingScopes, rightOf } from "./route_rights.ts";

/** The settings of access control. */
export type DoorSettings = HostSettings & OriginSettings & Pick<Config, "access">;

/** The parts that a door needs in mode `keys`. */
export interface DoorParts {
  /** They are asked in this order, and the first that knows the evidence decides. @default {[]} */
  readonly recognisers?: readonly Recogniser[];
  /** Returns the caller of a request without evidence. @default {() => STRANGER} */
  readonly strangerOf?: (request: Request) => Caller;
}

/** Returns who sends a request, or the reason for refusing it. It waits only for callers that it does not remember. */
export type Door = (request: Request, charge?: ChargeLookUp) => Admission | Promise<Admission>;

const LONGEST_QUOTE = 100;

/**
 * Returns the access check that runs before every request. It refuses foreign hosts, writes by strangers from pages of other origins,
 * evidence that is not valid, and callers without the right of the route. Delivery is decided by its route.
 */
export function createDoor(settings: DoorSettings, parts: DoorParts = {}): Door {
  const { recognisers = [], strangerOf = () => STRANGER } = parts;
  const verdictOn = createHostRule(settings);
  const isForeign = createOriginRule(settings);
  const isOpen = settings.access === "open";
  return (request, charge) => {
    const host = request.headers.get("host");
    const verdict = host ? verdictOn(host) : "allowed";
    if (verdict === "unusable") return unusableHost(host ?? "");
    if (verdict === "refused" && !isFree(request)) return hostRefused(host ?? "");
    if (isOpen && verdict === "refused") return STRANGER;
    if (isOpen) return isForeignWrite(request) ? originRefused(request) : OPEN_CALLER;
    if (pathOf(request) === "/readyz") return recogniseProbe(request, charge);
    if (request.method === "OPTIONS" || isFree(request)) return STRANGER;
    return recognise(request, 0, charge);
  };

  /** A probe whose evidence is not valid is a stranger: a key that expires must not take all nodes from their load balancer. */
  function recogniseProbe(request: Request, charge?: ChargeLookUp): Caller | Promise<Caller> {
    const callerOf = (admission: Admission) => (admission instanceof Error ? STRANGER : admission);
    const admission = recognise(request, 0, charge);
    return admission instanceof Promise ? admission.then(callerOf) : callerOf(admission);
  }

  /** Asks the recognisers from one on. */
  function recognise(request: Request, first: number, charge?: ChargeLookUp): Admission | Promise<Admission> {
    for (let index = first; index < recognisers.length; index++) {
      const found = recognisers[index]?.(request, charge) ?? null;
      if (found instanceof Promise)
        return found
          .catch(asRefusal)
          .then((settled) => (settled ? withRight(request, settled) : recognise(request, index + 1, charge)));
      if (found) return withRight(request, found);
    }
    return isForeignWrite(request) ? originRefused(request) : withRight(request, strangerOf(request));
  }

  function isForeignWrite({ headers, method }: Request): boolean {
    return method !== "GET" && method !== "HEAD" && method !== "OPTIONS" && isForeign(headers);
  }
}

/** Returns a caller that has the right of the route, or its refusal. */
function withRight(request: Request, admission: Admission): Admission {
  if (admission instanceof Error) return admission;
  const right = rightOf(request.method, pathOf(request));
  // The router answers that there is no such path. A stranger is not told.
  if (right === null) return admission.by === "stranger" ? refuseWithoutScope(admission, []) : admission;
  if (right === "free" || right === "delivery") return admission;
  const missing = missingScopes(right, admission.scopes);
  return missing.length === 0 ? admission : refuseWithoutScope(admission, missing);
}

/**
 * Whether a request is answered under any host. Load balancers and orchestrators probe under arbitrary hosts, and learn only whether
 * the server works. A preflight must pass so that an allowed page can read why its request is refused.
 */
function isFree(request: Request): boolean {
  return isProbe(pathOf(request)) || isPreflight(request);
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
