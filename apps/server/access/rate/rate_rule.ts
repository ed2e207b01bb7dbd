import { LRUCache } from "lru-cache";
import { isPreflight } from "../../http/cors.ts";
import { pathOf } from "../../http/request_target.ts";
import type { Config } from "../../settings/config.ts";
import { addressGroup } from "../address/address_group.ts";
import type { Caller } from "../caller.ts";
import type { ChargeLookUp } from "../charge_look_up.ts";
import { isProbe } from "../is_probe.ts";
import { type Allowance, takeRequest, UNLIMITED } from "./allowance.ts";
import { count, createRateLimit, type RateLimit, type SubjectLimit } from "./rate_limit.ts";
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

/** The rates of a tenant by the minute; `null` for those of the settings, and 0 for any number. */
export interface TenantRates {
  readonly requestsPerMinute: number | null;
  readonly renderMsPerMinute: number | null;
}

/** Options for {@linkcode createRateRule}. */
export interface RateRuleOptions {
  /** Returns the rates of a tenant; `null` for those of the settings, also while they are not known. @default {() => null} */
  readonly ratesOf?: (tenant: string) => TenantRates | null;
  /** Returns milliseconds of a monotonic clock. @default {performance.now} */
  readonly now?: () => number;
}

/** The rule for the rates of callers. An address is read only if it counts. */
export interface RateRule {
  /** Counts a request of a caller, and returns its allowance. */
  readonly allow: (request: Request, caller: Caller, address: () => string) => Allowance;
  /** Counts a look-up for an address, as {@linkcode ChargeLookUp}. An address has as many as it has requests. */
  readonly chargeLookUp: (address: () => string) => ReturnType<ChargeLookUp>;
}

type Subject = RateLimit["subject"];

type Unit = RateLimit["unit"];

/** The most subjects whose use each process remembers. Anyone can come from many addresses. */
const MOST_SUBJECTS = { address: 100_000, key: 10_000, tenant: 10_000 } as const;

/** The most limits that are remembered. Tenants may have rates of their own. */
const MOST_LIMITS = 1_000;

/** The most addresses whose group is remembered. Reading an address of IPv6 takes microseconds. */
const MOST_GROUPS = 10_000;

const MINUTE = 60_000;

const NO_RATES: RateRule = { allow: () => UNLIMITED, chargeLookUp: () => () => {} };

/**
 * Returns the rule for rates. Callers with a key or a JWT count for their key and their tenant. All others count by address: a signed URL
 * is public once it stands in a page. But its renders count for the key that signed it, and for its tenant.
 *
 * A process knows only its own requests, so each has its share of every rate.
 */
export function createRateRule(settings: RateSettings, options: RateRuleOptions = {}): RateRule {
  if (settings.access === "open") return NO_RATES;
  const { ratesOf = () => null, now = () => performance.now() } = options;
  const rates = {
    address: {
      "look-ups": settings.strangerRequests,
      requests: settings.strangerRequests,
      rendering: settings.strangerRendering,
    },
    key: { requests: settings.keyRequests, rendering: settings.keyRendering },
    tenant: { requests: settings.tenantRequests, rendering: settings.tenantRendering },
  } as const;
  const limits = new LRUCache<string, RateLimit>({ max: MOST_LIMITS });
  const buckets = new Map<string, TokenBuckets>();
  const groups = new LRUCache<string, string>({ max: MOST_GROUPS });
  return { allow, chargeLookUp };

  function allow(request: Request, caller: Caller, address: () => string): Allowance {
    // Load balancers probe as strangers, all from one address.
    if (isProbe(pathOf(request)) || isPreflight(request)) return UNLIMITED;
    const requests =
      caller.by === "key" || caller.by === "jwt" ? ofOwner("requests") : ofAddress("requests", address);
    const rendering = caller.by === "stranger" ? ofAddress("rendering", address) : ofOwner("rendering");
    return takeRequest({ requests, rendering });

    function ofOwner(unit: Exclude<Unit, "look-ups">): readonly SubjectLimit[] {
      const { keyId, tenant } = caller;
      const own = ratesOf(tenant)?.[unit === "requests" ? "requestsPerMinute" : "renderMsPerMinute"] ?? null;
      const ofKey = keyId === null ? null : limitOf("key", unit, rates.key[unit]);
      const ofTenant = limitOf("tenant", unit, own ?? rates.tenant[unit]);
      const found: SubjectLimit[] = [];
      if (ofKey) found.push({ limit: ofKey, key: keyId ?? "" });
      if (ofTenant) found.push({ limit: ofTenant, key: tenant });
      return found;
    }
  }

  function chargeLookUp(address: () => string): () => void {
    const requests = ofAddress("look-ups", address);
    const { refusal } = takeRequest({ requests, rendering: [] });
    if (refusal) throw refusal;
    return () => {
      for (const each of requests) count(each, -1);
    };
  }

  function ofAddress(unit: Unit, address: () => string): readonly SubjectLimit[] {
    const limit = limitOf("address", unit, rates.address[unit]);
    return limit ? [{ limit, key: groupOf(address()) }] : [];
  }

  function groupOf(address: string): string {
    const known = groups.get(address);
    if (known !== undefined) return known;
    const group = addressGroup(address);
    groups.set(address, group);
    return group;
  }

  /** Returns a limit, or `null` for any number. */
  function limitOf(subject: Subject, unit: Unit, perMinute: number): RateLimit | null {
    if (perMinute === 0) return null;
    const name = `${subject} ${unit} ${perMinute}`;
    const known = limits.get(name);
    if (known) return known;
    const perMillisecond = perMinute / settings.httpProcesses / MINUTE;
    const capacity = Math.max(1, perMillisecond * settings.rateBurstSeconds * 1000);
    const rate = { perMillisecond, capacity };
    const limit = createRateLimit({ subject, unit, perMinute, rate, buckets: bucketsOf(subject, unit) });
    limits.set(name, limit);
    return limit;
  }

  function bucketsOf(subject: Subject, unit: Unit): TokenBuckets {
    const name = `${subject} ${unit}`;
    const found = buckets.get(name) ?? new TokenBuckets({ keys: MOST_SUBJECTS[subject], now });
    buckets.set(name, found);
    return found;
  }
}
