import { MemoryTables } from "../database/memory_tables.ts";
import { MemoryImageCatalog } from "../image/catalog/memory_image_catalog.ts";
import { installationRecordContract } from "./installation_record_contract.ts";
import { MemoryInstallationRecord } from "./memory_installation_record.ts";

installationRecordContract("MemoryInstallationRecord", () => {
  const tables = new MemoryTables();
  return {
    record: new MemoryInstallationRecord(tables),
    catalog: new MemoryImageCatalog(tables),
    [Symbol.asyncDispose]: async () => {},
  };
});
