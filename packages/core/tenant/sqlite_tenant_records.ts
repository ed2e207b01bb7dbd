import { and, asc, eq, gt, inArray, ne } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { tenantHosts, tenants } from "../database/sqlite/sqlite_schema.ts";
import { limitStorage } from "../database/sqlite/sqlite_usage.ts";
import { NO_LIMITS, type Tenant } from "./tenant.ts";
import {
  hostInUse,
  idInUse,
  type TenantChange,
  type TenantListQuery,
  type TenantRecords,
} from "./tenant_records.ts";
import { changedColumns, fromTenantRow, limitsOf, type TenantRow, toTenantRow } from "./tenant_row.ts";

/** The records of tenants in SQLite. */
export class SqliteTenantRecords implements TenantRecords {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async add(tenant: Tenant): Promise<void> {
    await this.#transaction((transaction) => {
      const row = toTenantRow(tenant);
      const added = transaction.insert(tenants).values(row).onConflictDoNothing().returning().get();
      if (!added) throw idInUse(tenant.id);
      setHosts(transaction, tenant.id, tenant.hosts);
      limitStorage(transaction, tenant.id, tenant.limits);
    });
  }

  async find(id: string): Promise<Tenant | null> {
    return await this.#database.run(() => this.#find(id));
  }

  async findByHost(host: string): Promise<Tenant | null> {
    return await this.#database.run(() => {
      const { orm } = this.#database;
      const row = orm.select().from(tenantHosts).where(eq(tenantHosts.host, host)).get();
      return row ? this.#find(row.tenant) : null;
    });
  }

  async list({ after = "", limit }: TenantListQuery): Promise<readonly Tenant[]> {
    return await this.#database.run(() => {
      const { orm } = this.#database;
      const isBehind = gt(tenants.id, after);
      const rows = orm.select().from(tenants).where(isBehind).orderBy(asc(tenants.id)).limit(limit).all();
      return this.#withHosts(rows);
    });
  }

  async update(id: string, change: TenantChange): Promise<Tenant | null> {
    return await this.#transaction((transaction) => {
      const isTenant = eq(tenants.id, id);
      const row = transaction.select().from(tenants).where(isTenant).get();
      if (!row) return null;
      const columns = changedColumns(row, change);
      if (Object.keys(columns).length > 0) transaction.update(tenants).set(columns).where(isTenant).run();
      if (change.hosts) setHosts(transaction, id, change.hosts);
      if (columns.limits) limitStorage(transaction, id, limitsOf({ limits: columns.limits }));
      return this.#find(id);
    });
  }

  async remove(id: string): Promise<boolean> {
    return await this.#transaction((transaction) => {
      transaction.delete(tenantHosts).where(eq(tenantHosts.tenant, id)).run();
      limitStorage(transaction, id, NO_LIMITS);
      return transaction.delete(tenants).where(eq(tenants.id, id)).returning().get() !== undefined;
    });
  }

  #find(id: string): Tenant | null {
    const row = this.#database.orm.select().from(tenants).where(eq(tenants.id, id)).get();
    const [tenant = null] = row ? this.#withHosts([row]) : [];
    return tenant;
  }

  #withHosts(rows: readonly TenantRow[]): readonly Tenant[] {
    const ids = rows.map(({ id }) => id);
    const { orm } = this.#database;
    const found = orm.select().from(tenantHosts).where(inArray(tenantHosts.tenant, ids)).all();
    const hosts = Map.groupBy(found, ({ tenant }) => tenant);
    return rows.map((row) =>
      fromTenantRow(
        row,
        (hosts.get(row.id) ?? []).map(({ host }) => host),
      ),
    );
  }

  #transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.run(() => this.#database.orm.transaction(work, { behavior: "immediate" }));
  }
}

type Transaction = Parameters<Parameters<SqliteDatabase["orm"]["transaction"]>[0]>[0];

/** Gives a tenant these hosts and no others. @throws {ProgImageError} `conflict` */
function setHosts(transaction: Transaction, tenant: string, hosts: readonly string[]): void {
  const isTaken = and(inArray(tenantHosts.host, [...hosts]), ne(tenantHosts.tenant, tenant));
  const taken = transaction.select().from(tenantHosts).where(isTaken).limit(1).get();
  if (taken) throw hostInUse(taken.host);
  transaction.delete(tenantHosts).where(eq(tenantHosts.tenant, tenant)).run();
  const rows = hosts.map((host) => ({ host, tenant }));
  if (rows.length > 0) transaction.insert(tenantHosts).values(rows).run();
}
