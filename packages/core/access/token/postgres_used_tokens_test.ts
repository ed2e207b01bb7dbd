import { describe } from "bun:test";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../../database/postgres/testing_postgres_database.ts";
import { PostgresImageCatalog } from "../../image/catalog/postgres_image_catalog.ts";
import { PostgresUsedTokens } from "./postgres_used_tokens.ts";
import { usedTokensContract } from "./used_tokens_contract.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  usedTokensContract("PostgresUsedTokens", async () => {
    const lent = await lendPostgresDatabase();
    return {
      catalog: new PostgresImageCatalog(lent.database),
      tokens: new PostgresUsedTokens(lent.database),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  });
});
