import { eq } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { usage } from "../database/sqlite/sqlite_schema.ts";
import { countUse, limitStorage } from "../database/sqlite/sqlite_usage.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { unlimitedUse, useOf } from "./usage_row.ts";

/** The stored images of owners in SQLite. */
export class SqliteUsageRecords implements UsageRecords {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    await this.#database.write(() => limitStorage(this.#database.orm, owner, limits));
  }

  async read(owner: string): Promise<StorageUse> {
    const { orm } = this.#database;
    const row = orm.select().from(usage).where(eq(usage.owner, owner));
    return await this.#database.run(() => {
      const known = row.get();
      return known ? useOf(known) : unlimitedUse(countUse(orm, owner));
    });
  }
}
