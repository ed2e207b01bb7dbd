import { MemoryTables } from "../../database/memory_tables.ts";
import { jobRecordsContract } from "./job_records_contract.ts";
import { MemoryJobRecords } from "./memory_job_records.ts";

jobRecordsContract("MemoryJobRecords", (now) => ({
  records: new MemoryJobRecords(new MemoryTables(), now),
  [Symbol.asyncDispose]: async () => {},
}));
