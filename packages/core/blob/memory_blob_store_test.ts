import { blobStoreContract } from "./blob_store_contract.ts";
import { MemoryBlobStore } from "./memory_blob_store.ts";

blobStoreContract("MemoryBlobStore", () => new MemoryBlobStore());
