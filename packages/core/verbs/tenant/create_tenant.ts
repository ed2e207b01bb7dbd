import type { JsonOf } from "../../shape/shape.ts";
import { NO_LIMITS, type Tenant } from "../../tenant/tenant.ts";
import type { TenantRecords } from "../../tenant/tenant_records.ts";
import type { TENANT_REQUEST_SHAPE } from "../../tenant/tenant_shape.ts";
import { hostsOf } from "./hosts_of.ts";

/** The ports that verbs of tenants use. */
export interface TenantPorts {
  readonly tenants: TenantRecords;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** Makes a tenant. @throws {ProgImageError} `conflict` if its id is in use, or a host is that of another tenant */
export async function createTenant(
  { tenants, now }: TenantPorts,
  { id, hosts = [], delivery = null, limits = {} }: JsonOf<typeof TENANT_REQUEST_SHAPE>,
): Promise<Tenant> {
  const tenant = {
    id,
    hosts: hostsOf(hosts),
    delivery,
    limits: { ...NO_LIMITS, ...limits },
    createdAt: now(),
  };
  await tenants.add(tenant);
  return tenant;
}
