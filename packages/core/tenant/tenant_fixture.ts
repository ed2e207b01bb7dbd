import { NO_LIMITS, type Tenant } from "./tenant.ts";

/** Returns a tenant with the given members, for a test. */
export function tenantFixture(tenant: Partial<Tenant> = {}): Tenant {
  const id = tenant.id ?? crypto.randomUUID().slice(0, 8);
  return { id, hosts: [], delivery: null, limits: NO_LIMITS, createdAt: 1_000, ...tenant };
}
