import { MemoryTables } from "../../database/memory_tables.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { MemoryUsedTokens } from "./memory_used_tokens.ts";
import { usedTokensContract } from "./used_tokens_contract.ts";

usedTokensContract("MemoryUsedTokens", () => {
  const tables = new MemoryTables();
  return {
    catalog: new MemoryImageCatalog(tables),
    tokens: new MemoryUsedTokens(tables),
    [Symbol.asyncDispose]: async () => {},
  };
});
