import { MemoryBlobLedger } from "../blob/memory_blob_ledger.ts";
import { MemoryTables } from "../database/memory_tables.ts";
import { imageCatalogContract } from "./image_catalog_contract.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";

imageCatalogContract("MemoryImageCatalog", (now) => {
  const tables = new MemoryTables();
  return {
    catalog: new MemoryImageCatalog(tables, now),
    ledger: new MemoryBlobLedger(tables, now),
    [Symbol.asyncDispose]: async () => {},
  };
});
