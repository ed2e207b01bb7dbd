import { MemoryBlobStore } from "../blob/memory_blob_store.ts";
import { MemoryStoreMark } from "./memory_store_mark.ts";
import { storeMarkContract } from "./store_mark_contract.ts";

storeMarkContract("MemoryStoreMark", make, { canBeDamaged: false });

function make() {
  return {
    mark: new MemoryStoreMark(),
    blobs: new MemoryBlobStore(),
    [Symbol.asyncDispose]: async () => {},
  };
}
