import { MemoryTables } from "../database/memory_tables.ts";
import { MemoryTenantRecords } from "./memory_tenant_records.ts";
import { tenantRecordsContract } from "./tenant_records_contract.ts";

tenantRecordsContract("MemoryTenantRecords", () => ({
  records: new MemoryTenantRecords(new MemoryTables()),
  [Symbol.asyncDispose]: async () => {},
}));
