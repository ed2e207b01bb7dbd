import { eq } from "drizzle-orm";
import type { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { usage } from "../database/postgres/postgres_schema.ts";
import { countUse, limitStorage } from "../database/postgres/postgres_usage.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { unlimitedUse, useOf } from "./usage_row.ts";

/** The stored images of owners in Postgres. */
export class PostgresUsageRecords implements UsageRecords {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    await this.#database.transaction((transaction) => limitStorage(transaction, owner, limits));
  }

  async read(owner: string): Promise<StorageUse> {
    return await this.#database.transaction(async (transaction) => {
      const [known] = await transaction.select().from(usage).where(eq(usage.owner, owner));
      return known ? useOf(known) : unlimitedUse(await countUse(transaction, owner));
    });
  }
}
