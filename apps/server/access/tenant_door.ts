import { isProgImageError } from "@progimage/core";
import type { Door } from "./door.ts";
import type { Admission } from "./recogniser.ts";
import { hostNameOf, isAddress } from "./host_name.ts";
import type { TenantDirectory } from "./tenant_directory.ts";

/** The number of cached `Host` headers. */
const CAPACITY = 256;

/**
 * Returns a door at which callers without evidence come to the tenant of the request's `Host`, or to the first tenant if the host is that
 * of none. Evidence, such as a key, names the tenant itself.
 */
export function createTenantDoor(door: Door, directory: Pick<TenantDirectory, "findByHost">): Door {
  const names = new Map<string, string | null>();
  return (request) => {
    const admission = door(request);
    if (admission instanceof Promise) return admission.then((settled) => place(request, settled));
    return place(request, admission);
  };

  function place(request: Request, admission: Admission): Admission | Promise<Admission> {
    if (admission instanceof Error || (admission.by !== "open" && admission.by !== "stranger"))
      return admission;
    const name = nameOf(request.headers.get("host") ?? "");
    const tenant = name === null ? null : directory.findByHost(name);
    const placed = (id: string | undefined) => (id === undefined ? admission : { ...admission, tenant: id });
    if (!(tenant instanceof Promise)) return placed(tenant?.id);
    return tenant.then((found) => placed(found?.id), asRefusal);
  }

  /** Returns the name in a header; `null` for an address, which belongs to no tenant. */
  function nameOf(host: string): string | null {
    const known = names.get(host);
    if (known !== undefined) return known;
    const name = hostNameOf(host);
    const kept = name === null || isAddress(name) ? null : name;
    if (names.size < CAPACITY) names.set(host, kept);
    return kept;
  }
}

/** While the database is down, a host that is not remembered may be that of any tenant. */
function asRefusal(error: unknown): Admission {
  if (isProgImageError(error)) return error;
  throw error;
}
