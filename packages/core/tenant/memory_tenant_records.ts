import type { MemoryTables } from "../database/memory_tables.ts";
import { setLimits } from "../database/memory_usage.ts";
import { NO_LIMITS, type Tenant } from "./tenant.ts";
import {
  hostInUse,
  idInUse,
  type TenantChange,
  type TenantListQuery,
  type TenantRecords,
} from "./tenant_records.ts";

/** The records of tenants in memory. */
export class MemoryTenantRecords implements TenantRecords {
  readonly #tables: MemoryTables;
  readonly #tenants: MemoryTables["tenants"];

  constructor(tables: MemoryTables) {
    this.#tables = tables;
    this.#tenants = tables.tenants;
  }

  async add(tenant: Tenant): Promise<void> {
    if (this.#tenants.has(tenant.id)) throw idInUse(tenant.id);
    this.#set(tenant);
    setLimits(this.#tables, tenant.id, tenant.limits);
  }

  async find(id: string): Promise<Tenant | null> {
    return this.#tenants.get(id) ?? null;
  }

  async findByHost(host: string): Promise<Tenant | null> {
    return this.#tenants.values().find(({ hosts }) => hosts.includes(host)) ?? null;
  }

  async list({ after = "", limit }: TenantListQuery): Promise<readonly Tenant[]> {
    return [...this.#tenants.values()]
      .filter(({ id }) => id > after)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .slice(0, limit);
  }

  async update(id: string, change: TenantChange): Promise<Tenant | null> {
    const tenant = this.#tenants.get(id);
    if (!tenant) return null;
    const changed = this.#set({ ...tenant, ...change, limits: { ...tenant.limits, ...change.limits } });
    setLimits(this.#tables, id, changed.limits);
    return changed;
  }

  async remove(id: string): Promise<boolean> {
    setLimits(this.#tables, id, NO_LIMITS);
    return this.#tenants.delete(id);
  }

  #set(tenant: Tenant): Tenant {
    const isOther = ({ id }: Tenant) => id !== tenant.id;
    const others = new Set([...this.#tenants.values()].filter(isOther).flatMap(({ hosts }) => hosts));
    const taken = tenant.hosts.find((host) => others.has(host));
    if (taken !== undefined) throw hostInUse(taken);
    const stored = { ...tenant, hosts: tenant.hosts.toSorted() };
    this.#tenants.set(tenant.id, stored);
    return stored;
  }
}
