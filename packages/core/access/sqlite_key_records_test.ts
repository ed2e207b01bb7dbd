import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { keyRecordsContract } from "./key_records_contract.ts";
import { SqliteKeyRecords } from "./sqlite_key_records.ts";

keyRecordsContract("SqliteKeyRecords", (now) => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    records: new SqliteKeyRecords(database, now),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});
