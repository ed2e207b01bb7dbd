import { describe } from "bun:test";
import { sharedPostgres } from "../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../database/postgres/testing_postgres_database.ts";
import { keyRecordsContract } from "./key_records_contract.ts";
import { PostgresKeyRecords } from "./postgres_key_records.ts";

describe.skipIf(!(await sharedPostgres()))("on PostgreSQL", () => {
  keyRecordsContract("PostgresKeyRecords", async (now) => {
    const lent = await lendPostgresDatabase();
    return {
      records: new PostgresKeyRecords(lent.database, now),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  });
});
