import { MemoryTables } from "../database/memory_tables.ts";
import { keyRecordsContract } from "./key_records_contract.ts";
import { MemoryKeyRecords } from "./memory_key_records.ts";

keyRecordsContract("MemoryKeyRecords", (now) => ({
  records: new MemoryKeyRecords(new MemoryTables(), now),
  [Symbol.asyncDispose]: async () => {},
}));
