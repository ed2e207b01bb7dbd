import type { JsonOf } from "../../shape/shape.ts";
import type { Tenant } from "../../tenant/tenant.ts";
import type { TENANT_PATCH_SHAPE } from "../../tenant/tenant_shape.ts";
import type { TenantPorts } from "./create_tenant.ts";
import { tenantNotFound } from "./find_tenant.ts";
import { hostsOf } from "./hosts_of.ts";

/**
 * Changes a tenant. Members that are left out stay as they are, also among its limits.
 *
 * @throws {ProgImageError} `tenant_not_found`; `conflict` if a host is that of another tenant
 */
export async function updateTenant(
  { tenants }: Pick<TenantPorts, "tenants">,
  id: string,
  { hosts, delivery, limits }: JsonOf<typeof TENANT_PATCH_SHAPE>,
): Promise<Tenant> {
  const changed = await tenants.update(id, {
    ...(delivery !== undefined && { delivery }),
    ...(hosts !== undefined && { hosts: hostsOf(hosts) }),
    ...(limits !== undefined && { limits }),
  });
  if (!changed) throw tenantNotFound();
  return changed;
}
