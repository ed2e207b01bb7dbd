import { asc, eq, gt, inArray } from "drizzle-orm";
import { constant } from "../database/postgres/postgres_constant.ts";
import type { PostgresDatabase, PostgresTransaction } from "../database/postgres/postgres_database.ts";
import { tenantHosts, tenants } from "../database/postgres/postgres_schema.ts";
import { limitStorage } from "../database/postgres/postgres_usage.ts";
import { NO_LIMITS, type Tenant } from "./tenant.ts";
import {
  hostInUse,
  idInUse,
  type TenantChange,
  type TenantListQuery,
  type TenantRecords,
} from "./tenant_records.ts";
import { changedColumns, fromTenantRow, limitsOf, type TenantRow, toTenantRow } from "./tenant_row.ts";

/** The records of tenants in Postgres. A change locks the row of its tenant. */
export class PostgresTenantRecords implements TenantRecords {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async add(tenant: Tenant): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const row = toTenantRow(tenant);
      const added = await transaction.insert(tenants).values(row).onConflictDoNothing().returning();
      if (added.length === 0) throw idInUse(tenant.id);
      await setHosts(transaction, tenant.id, tenant.hosts);
      await limitStorage(transaction, tenant.id, tenant.limits);
    });
  }

  async find(id: string): Promise<Tenant | null> {
    const { orm } = this.#database;
    const rows = await this.#database.read(() => orm.select().from(tenants).where(eq(tenants.id, id)));
    const [tenant = null] = await this.#withHosts(rows);
    return tenant;
  }

  async findByHost(host: string): Promise<Tenant | null> {
    const { orm } = this.#database;
    const isHost = eq(tenantHosts.host, host);
    const [row] = await this.#database.read(() => orm.select().from(tenantHosts).where(isHost));
    return row ? await this.find(row.tenant) : null;
  }

  async list({ after = "", limit }: TenantListQuery): Promise<readonly Tenant[]> {
    const { orm } = this.#database;
    const isBehind = gt(tenants.id, after);
    const rows = await this.#database.read(() =>
      orm.select().from(tenants).where(isBehind).orderBy(asc(tenants.id)).limit(constant(limit)),
    );
    return await this.#withHosts(rows);
  }

  async update(id: string, change: TenantChange): Promise<Tenant | null> {
    const isThere = await this.#database.transaction(async (transaction) => {
      const isTenant = eq(tenants.id, id);
      const [row] = await transaction.select().from(tenants).where(isTenant).for("update");
      if (!row) return false;
      const columns = changedColumns(row, change);
      if (Object.keys(columns).length > 0) await transaction.update(tenants).set(columns).where(isTenant);
      if (change.hosts) await setHosts(transaction, id, change.hosts);
      if (columns.limits) await limitStorage(transaction, id, limitsOf({ limits: columns.limits }));
      return true;
    });
    return isThere ? await this.find(id) : null;
  }

  async remove(id: string): Promise<boolean> {
    return await this.#database.transaction(async (transaction) => {
      const removed = await transaction.delete(tenants).where(eq(tenants.id, id)).returning();
      await transaction.delete(tenantHosts).where(eq(tenantHosts.tenant, id));
      await limitStorage(transaction, id, NO_LIMITS);
      return removed.length > 0;
    });
  }

  async #withHosts(rows: readonly TenantRow[]): Promise<readonly Tenant[]> {
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return [];
    const { orm } = this.#database;
    const found = await this.#database.read(() =>
      orm.select().from(tenantHosts).where(inArray(tenantHosts.tenant, ids)),
    );
    const hosts = Map.groupBy(found, ({ tenant }) => tenant);
    return rows.map((row) =>
      fromTenantRow(
        row,
        (hosts.get(row.id) ?? []).map(({ host }) => host),
      ),
    );
  }
}

/** Gives a tenant these hosts and no others. @throws {ProgImageError} `conflict` */
async function setHosts(
  transaction: PostgresTransaction,
  tenant: string,
  hosts: readonly string[],
): Promise<void> {
  await transaction.delete(tenantHosts).where(eq(tenantHosts.tenant, tenant));
  // In one order, so that two changes that want the same hosts wait for each other.
  for (const host of hosts.toSorted()) {
    const added = await transaction
      .insert(tenantHosts)
      .values({ host, tenant })
      .onConflictDoNothing()
      .returning();
    if (added.length === 0) throw hostInUse(host);
  }
}
