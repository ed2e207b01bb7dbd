import type { JsonOf, Tenant, TENANT_SHAPE } from "@progimage/core";

/** Returns a tenant as the API shows it. */
export function tenantJson(tenant: Tenant): JsonOf<typeof TENANT_SHAPE> {
  const { id, hosts, delivery, limits, createdAt } = tenant;
  return { id, hosts, delivery, limits, createdAt: new Date(createdAt).toISOString() };
}
