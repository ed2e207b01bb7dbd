import { blobOwnerContract } from "../../blob/blob_owner_contract.ts";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryRemovalRecord } from "../../blob/memory_removal_record.ts";
import { removalRecordContract } from "../../blob/removal_record_contract.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { MemoryUsageRecords } from "../../tenant/memory_usage_records.ts";
import { usageRecordsContract } from "../../tenant/usage_records_contract.ts";
import { deletedImagesContract } from "../deleted/deleted_images_contract.ts";
import { imageCatalogContract, type MakeCatalog } from "./image_catalog_contract.ts";
import { otherOwnerContract } from "./other_owner_contract.ts";
import { MemoryDeletedImages } from "../deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "./memory_image_catalog.ts";

const makeCatalog: MakeCatalog = (now) => {
  const tables = new MemoryTables();
  return {
    catalog: new MemoryImageCatalog(tables, now),
    deleted: new MemoryDeletedImages(tables, now),
    ledger: new MemoryBlobLedger(tables, now),
    removals: new MemoryRemovalRecord(tables),
    usage: new MemoryUsageRecords(tables),
    [Symbol.asyncDispose]: async () => {},
  };
};

imageCatalogContract("MemoryImageCatalog", makeCatalog);
otherOwnerContract("MemoryImageCatalog", makeCatalog);
deletedImagesContract("MemoryDeletedImages", makeCatalog);
usageRecordsContract("MemoryUsageRecords", makeCatalog);
removalRecordContract("MemoryRemovalRecord", makeCatalog);
blobOwnerContract("MemoryBlobLedger", makeCatalog);
