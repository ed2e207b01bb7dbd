import type { Tenant } from "@progimage/core";

/** Finds tenants. */
export interface TenantDirectory {
  /**
   * Returns a tenant as it was within the last second, or `null`. Waits only for tenants that it does not remember.
   *
   * @throws {ProgImageError} `unavailable` or `busy` while the database is down, for a tenant that it does not remember
   */
  find(id: string): Tenant | null | Promise<Tenant | null>;
  /** Returns the tenant of a host name, as {@linkcode TenantDirectory.find}. */
  findByHost(host: string): Tenant | null | Promise<Tenant | null>;
  /** Forgets all tenants, as this process has changed one. */
  forget(): void;
}
