import { MemoryTables } from "../database/memory_tables.ts";
import { MemoryTenantRecords } from "./memory_tenant_records.ts";
import { MemoryUsageRecords } from "./memory_usage_records.ts";
import { tenantRecordsContract } from "./tenant_records_contract.ts";

tenantRecordsContract("MemoryTenantRecords", () => {
  const tables = new MemoryTables();
  return {
    records: new MemoryTenantRecords(tables),
    usage: new MemoryUsageRecords(tables),
    [Symbol.asyncDispose]: async () => {},
  };
});
