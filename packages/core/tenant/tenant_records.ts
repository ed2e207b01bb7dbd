import { ProgImageError } from "../error.ts";
import type { Tenant, TenantLimits } from "./tenant.ts";

/** A query for tenants, ordered by id. */
export interface TenantListQuery {
  readonly limit: number;
  /** Only tenants after this id. */
  readonly after?: string;
}

/** The members of a tenant that can change. Those that are left out stay as they are, also among the limits. */
export interface TenantChange extends Partial<Pick<Tenant, "delivery" | "hosts">> {
  readonly limits?: Partial<TenantLimits>;
}

/** The records of tenants. Each method is atomic. The limits of storage hold from the same transaction on. */
export interface TenantRecords {
  /** @throws {ProgImageError} `conflict` if its id is in use, or one of its hosts is that of another tenant */
  add(tenant: Tenant): Promise<void>;
  find(id: string): Promise<Tenant | null>;
  findByHost(host: string): Promise<Tenant | null>;
  list(query: TenantListQuery): Promise<readonly Tenant[]>;
  /**
   * Changes a tenant. Returns it after that, or `null` if there is none.
   *
   * @throws {ProgImageError} `conflict` if a host is that of another tenant
   */
  update(id: string, change: TenantChange): Promise<Tenant | null>;
  /** Removes a tenant with its hosts. Returns whether there was one. */
  remove(id: string): Promise<boolean>;
}

/** Returns the error for a tenant whose id is in use. */
export function idInUse(id: string): ProgImageError {
  const message = `Cannot make tenant as each needs an id of its own: there is one named "${id}"`;
  return new ProgImageError("conflict", message, { details: { parameter: "id" } });
}

/** Returns the error for a host that another tenant has. */
export function hostInUse(host: string): ProgImageError {
  const message = `Cannot use host "${host}" as another tenant has it`;
  return new ProgImageError("conflict", message, { details: { parameter: "hosts" } });
}
