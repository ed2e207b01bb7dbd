import type { Tenant } from "@progimage/core";
import type { ChargeLookUp } from "./charge_look_up.ts";

/** Finds tenants. */
export interface TenantDirectory {
  /**
   * Returns a tenant as it was within the last second, or `null`. Waits only for tenants that it does not remember.
   *
   * @throws {ProgImageError} `unavailable` or `busy` while the database is down, for a tenant that it does not remember
   */
  find(id: string): Tenant | null | Promise<Tenant | null>;
  /**
   * Returns the tenant of a host name, as {@linkcode TenantDirectory.find}.
   *
   * @param charge Takes a token for a host that it does not remember
   */
  findByHost(host: string, charge?: ChargeLookUp): Tenant | null | Promise<Tenant | null>;
  /** Forgets all tenants, as this process has changed one. */
  forget(): void;
}
