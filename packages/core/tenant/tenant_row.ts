import type { tenants } from "../database/sqlite/sqlite_schema.ts";
import { type Delivery, NO_LIMITS, type Tenant } from "./tenant.ts";
import type { TenantChange } from "./tenant_records.ts";

/** The database row of a tenant. Both dialects have the same rows. */
export type TenantRow = typeof tenants.$inferSelect;

/** Returns the row of a tenant without its hosts, which have rows of their own. */
export function toTenantRow({ id, delivery, limits, createdAt }: Tenant): TenantRow {
  return { id, delivery, limits: JSON.stringify(limits), createdAt };
}

/** Returns the changed columns of a tenant's row. */
export function changedColumns({ delivery, limits }: TenantChange) {
  return {
    ...(delivery !== undefined && { delivery }),
    ...(limits !== undefined && { limits: JSON.stringify(limits) }),
  };
}

/** Returns the tenant of a row and its hosts. */
export function fromTenantRow(row: TenantRow, hosts: readonly string[]): Tenant {
  const { id, delivery, limits, createdAt } = row;
  return {
    id,
    hosts: hosts.toSorted(),
    delivery: delivery as Delivery | null,
    limits: { ...NO_LIMITS, ...JSON.parse(limits) },
    createdAt,
  };
}
