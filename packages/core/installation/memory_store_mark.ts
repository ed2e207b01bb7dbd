import type { Identity, StoreClaim, StoreMark } from "./installation.ts";

/** The identity of a store in memory. */
export class MemoryStoreMark implements StoreMark {
  #identity: Identity | null = null;
  #claim: StoreClaim | null = null;

  async read(): Promise<Identity | null> {
    return this.#identity;
  }

  async write({ id, counter }: Identity): Promise<void> {
    this.#identity = { id, counter };
  }

  async claim(claim: StoreClaim): Promise<void> {
    this.#claim = claim;
  }

  async readClaim(): Promise<StoreClaim | null> {
    return this.#claim;
  }

  async dropClaim(): Promise<void> {
    this.#claim = null;
  }
}
