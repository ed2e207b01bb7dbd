import { describe } from "bun:test";
import { sharedPostgres } from "../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../database/postgres/testing_postgres_database.ts";
import { PostgresTenantRecords } from "./postgres_tenant_records.ts";
import { PostgresUsageRecords } from "./postgres_usage_records.ts";
import { tenantRecordsContract } from "./tenant_records_contract.ts";

describe.skipIf(!(await sharedPostgres()))("on PostgreSQL", () => {
  tenantRecordsContract("PostgresTenantRecords", async () => {
    const lent = await lendPostgresDatabase();
    return {
      records: new PostgresTenantRecords(lent.database),
      usage: new PostgresUsageRecords(lent.database),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  });
});
