import { CatalogPresence, type Tenant, type TenantLimits, type TenantRecords } from "@progimage/core";
import type { ChargeLookUp } from "./charge_look_up.ts";
import { RecentReadings, type RecentReadingsOptions } from "./recent_readings.ts";
import type { TenantDirectory } from "./tenant_directory.ts";

/** Options for {@linkcode RecentTenants}. */
export type RecentTenantsOptions = Omit<RecentReadingsOptions, "keepsAbsence">;

/** Remembers tenants for a second, and for a bounded time while the database is down. Most hosts are those of no tenant. */
export class RecentTenants implements TenantDirectory {
  readonly #byId: RecentReadings<Tenant>;
  readonly #byHost: RecentReadings<Tenant>;

  constructor(records: Pick<TenantRecords, "find" | "findByHost">, options: RecentTenantsOptions = {}) {
    const { elapsed = () => performance.now(), presence = new CatalogPresence(elapsed) } = options;
    const kept = { ...options, elapsed, presence, keepsAbsence: true };
    this.#byId = new RecentReadings((id) => records.find(id), kept);
    this.#byHost = new RecentReadings((host) => records.findByHost(host), kept);
  }

  find(id: string): Tenant | null | Promise<Tenant | null> {
    return this.#byId.find(id);
  }

  findByHost(host: string, charge?: ChargeLookUp): Tenant | null | Promise<Tenant | null> {
    return this.#byHost.find(host, charge);
  }

  /** Returns the rates of a tenant without waiting, as they were read last; `null` if they never were, and for the first tenant. */
  readonly ratesOf = (id: string): TenantLimits | null => {
    const found = id === "" ? null : this.find(id);
    if (!(found instanceof Promise)) return found?.limits ?? null;
    found.catch(() => {}); // The next request asks again.
    return this.#byId.last(id)?.limits ?? null;
  };

  forget(): void {
    this.#byId.forget();
    this.#byHost.forget();
  }
}
