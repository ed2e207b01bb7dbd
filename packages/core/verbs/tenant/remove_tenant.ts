import { ProgImageError } from "../../error.ts";
import type { Ports } from "../../ports.ts";
import type { TenantPorts } from "./create_tenant.ts";
import { findTenant } from "./find_tenant.ts";

/**
 * Removes the tenant of these ports, which must have neither images nor jobs. Deleted images that can be restored count.
 *
 * @throws {ProgImageError} `tenant_not_found`; `conflict` if it has images or jobs
 */
export async function removeTenant(
  own: Pick<Ports, "catalog" | "deleted" | "jobs" | "owner">,
  { tenants }: Pick<TenantPorts, "tenants">,
): Promise<void> {
  const { id } = await findTenant({ tenants }, own.owner);
  const images = await own.catalog.list({ order: "createdAt", descending: true, limit: 1 });
  if (images.length > 0) throw notEmpty("it has images");
  const deleted = await own.deleted.list({ limit: 1 });
  if (deleted.length > 0) throw notEmpty("it has deleted images that can be restored");
  const jobs = await own.jobs.count();
  if (jobs > 0) throw notEmpty(`it has ${jobs} of the latter`);
  await tenants.remove(id);
}

function notEmpty(found: string): ProgImageError {
  const message = `Cannot remove tenant as it must have neither images nor jobs: ${found}`;
  return new ProgImageError("conflict", message);
}
