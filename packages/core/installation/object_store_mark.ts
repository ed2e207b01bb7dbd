import type { ObjectStore } from "../object/object_store.ts";
import type { Identity, StoreClaim, StoreMark } from "./installation.ts";
import { CLAIM_NAME, MARK_NAME, markText, readClaim, readMark } from "./mark_text.ts";

/** Options for {@linkcode ObjectStoreMark}. */
export interface ObjectStoreMarkOptions {
  /** The prefix of all keys in the bucket, such as `images/`. @default {""} */
  readonly prefix?: string;
}

/** The identity of the blobs in a bucket, as an object beside them. */
export class ObjectStoreMark implements StoreMark {
  readonly #objects: ObjectStore;
  readonly #folder: string;

  constructor(objects: ObjectStore, { prefix = "" }: ObjectStoreMarkOptions = {}) {
    this.#objects = objects;
    this.#folder = `${prefix}blobs/`;
  }

  async read(): Promise<Identity | null> {
    const text = await this.#objects.readText(this.#folder + MARK_NAME);
    return text === null ? null : readMark(text);
  }

  async write(identity: Identity): Promise<void> {
    await this.#objects.putText(this.#folder + MARK_NAME, markText(identity));
  }

  async claim(claim: StoreClaim): Promise<void> {
    await this.#objects.putText(this.#folder + CLAIM_NAME, markText(claim));
  }

  async readClaim(): Promise<StoreClaim | null> {
    const text = await this.#objects.readText(this.#folder + CLAIM_NAME);
    return text === null ? null : readClaim(text);
  }

  async dropClaim(): Promise<void> {
    await this.#objects.remove(this.#folder + CLAIM_NAME, "background");
  }
}
