import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { SqliteTenantRecords } from "./sqlite_tenant_records.ts";
import { SqliteUsageRecords } from "./sqlite_usage_records.ts";
import { tenantRecordsContract } from "./tenant_records_contract.ts";

tenantRecordsContract("SqliteTenantRecords", () => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    records: new SqliteTenantRecords(database),
    usage: new SqliteUsageRecords(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});
