import type { Tenant } from "@progimage/core";
import { LRUCache } from "lru-cache";
import { isPreflight } from "../http/cors.ts";
import { Refusal } from "../http/refusal.ts";
import { pathOf } from "../http/request_target.ts";
import { asRefusal } from "./as_refusal.ts";
import type { Caller } from "./caller.ts";
import type { ChargeLookUp } from "./charge_look_up.ts";
import type { Door } from "./door.ts";
import type { Admission } from "./recogniser.ts";
import { hostNameOf, isAddress } from "./host_name.ts";
import { isProbe } from "./is_probe.ts";
import type { TenantDirectory } from "./tenant_directory.ts";

/** The number of cached `Host` headers. Callers can invent names, and write each in many ways. */
const CAPACITY = 1_000;

/**
 * Returns a door at which callers without evidence come to the tenant of the request's `Host`, or to the first tenant if the host is that
 * of none. Evidence, such as a key, names the tenant itself, which must still be there. Probes and preflights are of no tenant.
 */
export function createTenantDoor(door: Door, directory: Pick<TenantDirectory, "find" | "findByHost">): Door {
  const names = new LRUCache<string, string>({ max: CAPACITY });
  return (request, charge) => {
    const admission = door(request, charge);
    if (admission instanceof Promise) return admission.then((settled) => place(request, settled, charge));
    return place(request, admission, charge);
  };

  function place(
    request: Request,
    admission: Admission,
    charge?: ChargeLookUp,
  ): Admission | Promise<Admission> {
    if (admission instanceof Error || isProbe(pathOf(request)) || isPreflight(request)) return admission;
    if (admission.by === "open" || admission.by === "stranger")
      return placeByHost(request, admission, charge);
    if (admission.tenant === "") return admission;
    const tenant = directory.find(admission.tenant);
    const placed = (found: Tenant | null) => (found ? within(admission, found) : noSuchTenant());
    return tenant instanceof Promise ? tenant.then(placed, asRefusal) : placed(tenant);
  }

  function placeByHost(
    request: Request,
    caller: Caller,
    charge?: ChargeLookUp,
  ): Admission | Promise<Admission> {
    const name = nameOf(request.headers.get("host") ?? "");
    const tenant = name === "" ? null : directory.findByHost(name, charge);
    const placed = (found: Tenant | null) => (found ? within(caller, found) : caller);
    // While the database is down, a host that is not remembered may be that of any tenant.
    return tenant instanceof Promise ? tenant.then(placed, asRefusal) : placed(tenant);
  }

  /** Returns the name in a header; empty for an address, which belongs to no tenant. */
  function nameOf(host: string): string {
    const known = names.get(host);
    if (known !== undefined) return known;
    const name = hostNameOf(host);
    const kept = name === null || isAddress(name) ? "" : name;
    names.set(host, kept);
    return kept;
  }
}

function within(caller: Caller, { id, delivery }: Tenant): Caller {
  return { ...caller, tenant: id, ...(delivery !== null && { delivery }) };
}

function noSuchTenant(): Refusal {
  return new Refusal("unauthenticated", "Cannot recognise the caller as there is no such tenant");
}
