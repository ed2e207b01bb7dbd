import { isPreflight } from "../../http/cors.ts";
import { pathOf } from "../../http/request_target.ts";
import type { Config } from "../../settings/config.ts";
import { addressGroup } from "../address/address_group.ts";
import type { Caller } from "../caller.ts";
import { type Allowance, takeRequest, UNLIMITED } from "./allowance.ts";
import { createRateLimit, type RateLimit, type SubjectLimit } from "./rate_limit.ts";
import { TokenBuckets } from "./token_buckets.ts";

/** The settings of rates. */
export interface RateSettings extends Pick<
  Config,
  | "httpProcesses"
  | "keyRendering"
  | "keyRequests"
  | "rateBurstSeconds"
  | "strangerRendering"
  | "strangerRequests"
  | "tenantRendering"
  | "tenantRequests"
> {
  /** In mode `open` no rate applies. */
  readonly access: string;
}

/** Counts a request of a caller, and returns its allowance. The address is read only if it counts. */
export type RateRule = (request: Request, caller: Caller, address: () => string) => Allowance;

/** The most subjects whose use each process remembers. Anyone can come from many addresses. */
const MOST_SUBJECTS = { address: 100_000, key: 10_000, tenant: 10_000 } as const;

const MINUTE = 60_000;

/**
 * Returns the rule for rates. Callers with a key or a JWT count for their key and their tenant. All others count by address: a signed URL
 * is public once it stands in a page. But its renders count for the key that signed it, and for its tenant.
 *
 * A process knows only its own requests, so each has its share of every rate.
 */
export function createRateRule(
  settings: RateSettings,
  now: () => number = () => performance.now(),
): RateRule {
  if (settings.access === "open") return () => UNLIMITED;
  const rates = {
    address: { requests: settings.strangerRequests, rendering: settings.strangerRendering },
    key: { requests: settings.keyRequests, rendering: settings.keyRendering },
    tenant: { requests: settings.tenantRequests, rendering: settings.tenantRendering },
  };
  const limits = { requests: limitsOf("requests"), rendering: limitsOf("rendering") };
  return (request, caller, address) => {
    if (isProbe(request) || isPreflight(request)) return UNLIMITED;
    const requests = caller.by === "key" || caller.by === "jwt" ? ofOwner("requests") : ofAddress("requests");
    const rendering = caller.by === "stranger" ? ofAddress("rendering") : ofOwner("rendering");
    return takeRequest({ requests, rendering });

    function ofAddress(unit: RateLimit["unit"]): readonly SubjectLimit[] {
      const limit = limits[unit].address;
      return limit ? [{ ...limit, key: addressGroup(address()) }] : [];
    }

    function ofOwner(unit: RateLimit["unit"]): readonly SubjectLimit[] {
      const { key, tenant } = limits[unit];
      const found: SubjectLimit[] = [];
      if (key && caller.keyId !== null) found.push({ ...key, key: caller.keyId });
      if (tenant) found.push({ ...tenant, key: caller.tenant });
      return found;
    }
  };

  function limitsOf(unit: RateLimit["unit"]): Readonly<Record<RateLimit["subject"], RateLimit | null>> {
    return { address: limitOf("address", unit), key: limitOf("key", unit), tenant: limitOf("tenant", unit) };
  }

  function limitOf(subject: RateLimit["subject"], unit: RateLimit["unit"]): RateLimit | null {
    const perMinute = rates[subject][unit];
    if (perMinute === 0) return null;
    const perMillisecond = perMinute / settings.httpProcesses / MINUTE;
    const capacity = Math.max(1, perMillisecond * settings.rateBurstSeconds * 1000);
    const buckets = new TokenBuckets({ perMillisecond, capacity }, { keys: MOST_SUBJECTS[subject], now });
    return createRateLimit({ subject, unit, buckets });
  }
}

/** Load balancers probe as strangers, all from one address. */
function isProbe(request: Request): boolean {
  const path = pathOf(request);
  return path === "/healthz" || path === "/readyz";
}
