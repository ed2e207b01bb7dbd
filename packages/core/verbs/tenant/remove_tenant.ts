import type { AccessKey } from "../../access/access_key.ts";
import type { KeyRecords } from "../../access/key_records.ts";
import { ProgImageError } from "../../error.ts";
import type { Ports } from "../../ports.ts";
import type { TenantPorts } from "./create_tenant.ts";
import { findTenant } from "./find_tenant.ts";

/** The records that {@linkcode removeTenant} changes. */
export interface RemoveTenantPorts extends Pick<TenantPorts, "tenants"> {
  readonly keys: Pick<KeyRecords, "list" | "revoke">;
}

const PAGE = 500;

/**
 * Removes the tenant of these ports, which must have neither images nor jobs. Deleted images that can be restored count. Its keys are
 * revoked.
 *
 * @throws {ProgImageError} `tenant_not_found`; `conflict` if it has images or jobs
 */
export async function removeTenant(
  own: Pick<Ports, "catalog" | "deleted" | "jobs" | "owner">,
  { keys, tenants }: RemoveTenantPorts,
): Promise<void> {
  const { id } = await findTenant({ tenants }, own.owner);
  const images = await own.catalog.list({ order: "createdAt", descending: true, limit: 1 });
  if (images.length > 0) throw notEmpty("it has images");
  const deleted = await own.deleted.list({ limit: 1 });
  if (deleted.length > 0) throw notEmpty("it has deleted images that can be restored");
  const jobs = await own.jobs.count();
  if (jobs > 0) throw notEmpty(`it has ${jobs} ${jobs === 1 ? "job" : "jobs"}`);
  await revokeKeys(keys, id);
  await tenants.remove(id);
}

/** A tenant of the same id may come later: the keys of this one must not open it. */
async function revokeKeys(keys: RemoveTenantPorts["keys"], owner: string): Promise<void> {
  let after: AccessKey | undefined;
  do {
    const page = await keys.list(owner, { limit: PAGE, after });
    for (const { id } of page) await keys.revoke(owner, id);
    after = page.at(-1);
  } while (after);
}

function notEmpty(found: string): ProgImageError {
  const message = `Cannot remove tenant as it must have neither images nor jobs: ${found}`;
  return new ProgImageError("conflict", message);
}
