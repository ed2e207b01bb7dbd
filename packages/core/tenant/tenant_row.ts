import type { tenants } from "../database/sqlite/sqlite_schema.ts";
import { type Delivery, NO_LIMITS, type Tenant, type TenantLimits } from "./tenant.ts";
import type { TenantChange } from "./tenant_records.ts";

/** The database row of a tenant. Both dialects have the same rows. */
export type TenantRow = typeof tenants.$inferSelect;

/** Returns the row of a tenant without its hosts, which have rows of their own. */
export function toTenantRow({ id, delivery, limits, createdAt }: Tenant): TenantRow {
  return { id, delivery, limits: JSON.stringify(limits), createdAt };
}

/** Returns the limits in a row. */
export function limitsOf(row: Pick<TenantRow, "limits">): TenantLimits {
  return { ...NO_LIMITS, ...JSON.parse(row.limits) };
}

/** Returns the changed columns of a tenant's row, which must be locked: other limits of it may change at the same time. */
export function changedColumns(row: TenantRow, { delivery, limits }: TenantChange) {
  return {
    ...(delivery !== undefined && { delivery }),
    ...(limits !== undefined && { limits: JSON.stringify({ ...limitsOf(row), ...limits }) }),
  };
}

/** Returns the tenant of a row and its hosts. */
export function fromTenantRow(row: TenantRow, hosts: readonly string[]): Tenant {
  const { id, delivery, createdAt } = row;
  return {
    id,
    hosts: hosts.toSorted(),
    delivery: delivery as Delivery | null,
    limits: limitsOf(row),
    createdAt,
  };
}
