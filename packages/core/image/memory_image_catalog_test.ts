import { MemoryBlobLedger } from "../blob/memory_blob_ledger.ts";
import { MemoryRemovalRecord } from "../blob/memory_removal_record.ts";
import { MemoryTables } from "../database/memory_tables.ts";
import { imageCatalogContract } from "./image_catalog_contract.ts";
import { MemoryDeletedImages } from "./memory_deleted_images.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";

imageCatalogContract("MemoryImageCatalog", (now) => {
  const tables = new MemoryTables();
  return {
    catalog: new MemoryImageCatalog(tables, now),
    deleted: new MemoryDeletedImages(tables, now),
    ledger: new MemoryBlobLedger(tables, now),
    removals: new MemoryRemovalRecord(tables),
    [Symbol.asyncDispose]: async () => {},
  };
});
