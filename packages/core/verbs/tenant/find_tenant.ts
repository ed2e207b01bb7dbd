import { ProgImageError } from "../../error.ts";
import type { Tenant } from "../../tenant/tenant.ts";
import { isTenantId } from "../../tenant/tenant_id.ts";
import type { TenantPorts } from "./create_tenant.ts";

/** Returns a tenant. @throws {ProgImageError} `tenant_not_found` */
export async function findTenant({ tenants }: Pick<TenantPorts, "tenants">, id: string): Promise<Tenant> {
  const tenant = isTenantId(id) ? await tenants.find(id) : null;
  if (!tenant) throw tenantNotFound();
  return tenant;
}

/** Returns the error for a missing tenant. It does not repeat the id, which is untrusted. */
export function tenantNotFound(): ProgImageError {
  return new ProgImageError("tenant_not_found", "Cannot find tenant: there is none with this id");
}
