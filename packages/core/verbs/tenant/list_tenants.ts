import { ProgImageError } from "../../error.ts";
import type { Tenant } from "../../tenant/tenant.ts";
import { isTenantId } from "../../tenant/tenant_id.ts";
import type { TenantPorts } from "./create_tenant.ts";

/** Options for {@linkcode listTenants}. */
export interface ListTenantsOptions {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
}

/** A page of tenants. */
export interface TenantPage {
  readonly items: readonly Tenant[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Returns a page of tenants, ordered by id. @throws {ProgImageError} `invalid_parameter` for an invalid cursor */
export async function listTenants(
  { tenants }: Pick<TenantPorts, "tenants">,
  { cursor, limit }: ListTenantsOptions,
): Promise<TenantPage> {
  if (cursor !== undefined && !isTenantId(cursor))
    throw new ProgImageError(
      "invalid_parameter",
      "Cannot read cursor: it is not the `next` of a page of tenants",
      { details: { parameter: "cursor" } },
    );
  const found = await tenants.list({ limit: limit + 1, after: cursor });
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
