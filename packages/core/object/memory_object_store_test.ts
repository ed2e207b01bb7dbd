import { objectStoreContract } from "./object_store_contract.ts";
import { MemoryObjectStore } from "./memory_object_store.ts";

objectStoreContract("MemoryObjectStore", async () => new MemoryObjectStore());
