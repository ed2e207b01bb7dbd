import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { SqliteImageCatalog } from "../../image/catalog/sqlite_image_catalog.ts";
import { SqliteUsedTokens } from "./sqlite_used_tokens.ts";
import { usedTokensContract } from "./used_tokens_contract.ts";

usedTokensContract("SqliteUsedTokens", () => {
  const database = new SqliteDatabase(":memory:");
  database.migrate();
  return {
    catalog: new SqliteImageCatalog(database),
    tokens: new SqliteUsedTokens(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
});
