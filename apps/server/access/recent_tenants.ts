import { isProgImageError, type Tenant, type TenantLimits, type TenantRecords } from "@progimage/core";
import { LRUCache } from "lru-cache";
import type { TenantDirectory } from "./tenant_directory.ts";

/** The result of a look-up: a tenant, or that there is none. */
interface Reading {
  readonly tenant: Tenant | null;
  readonly readAt: number;
}

/** Milliseconds for which a tenant is used without reading it again. */
const LIFETIME = 1_000;

/** The number of remembered ids and hosts. Callers can invent both. */
const CAPACITY = 10_000;

/** Remembers tenants for a second, and for as long as the database is down. */
export class RecentTenants implements TenantDirectory {
  readonly #records: Pick<TenantRecords, "find" | "findByHost">;
  readonly #elapsed: () => number;
  readonly #readings = new LRUCache<string, Reading>({ max: CAPACITY });
  readonly #underWay = new Map<string, Promise<Tenant | null>>();

  /** @param elapsed Returns milliseconds of a monotonic clock */
  constructor(
    records: Pick<TenantRecords, "find" | "findByHost">,
    elapsed: () => number = () => performance.now(),
  ) {
    this.#records = records;
    this.#elapsed = elapsed;
  }

  find(id: string): Tenant | null | Promise<Tenant | null> {
    return this.#recall(nameOfId(id), () => this.#records.find(id));
  }

  findByHost(host: string): Tenant | null | Promise<Tenant | null> {
    return this.#recall(`host ${host}`, () => this.#records.findByHost(host));
  }

  /** Returns the rates of a tenant without waiting, as they were read last; `null` if they never were, and for the first tenant. */
  readonly ratesOf = (id: string): TenantLimits | null => {
    const found = id === "" ? null : this.find(id);
    if (!(found instanceof Promise)) return found?.limits ?? null;
    found.catch(() => {}); // The next request asks again.
    return this.#readings.get(nameOfId(id))?.tenant?.limits ?? null;
  };

  forget(): void {
    this.#readings.clear();
    this.#underWay.clear();
  }

  #recall(name: string, read: () => Promise<Tenant | null>): Tenant | null | Promise<Tenant | null> {
    const known = this.#readings.get(name);
    const now = this.#elapsed();
    if (known && known.readAt + LIFETIME > now) return known.tenant;
    const underWay = this.#underWay.get(name);
    if (underWay) return underWay;
    const reading = this.#read(read, known)
      .then((tenant) => {
        // A tenant that was changed meanwhile is read again.
        if (this.#underWay.get(name) === reading) this.#readings.set(name, { tenant, readAt: now });
        return tenant;
      })
      .finally(() => {
        if (this.#underWay.get(name) === reading) this.#underWay.delete(name);
      });
    this.#underWay.set(name, reading);
    return reading;
  }

  async #read(read: () => Promise<Tenant | null>, known: Reading | undefined): Promise<Tenant | null> {
    try {
      return await read();
    } catch (error) {
      const isDown = isProgImageError(error) && (error.code === "unavailable" || error.code === "busy");
      if (known && isDown) return known.tenant;
      throw error;
    }
  }
}

function nameOfId(id: string): string {
  return `id ${id}`;
}
