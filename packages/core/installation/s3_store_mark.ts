import type { Bucket } from "../s3/bucket.ts";
import type { Identity, StoreClaim, StoreMark } from "./installation.ts";
import { CLAIM_NAME, MARK_NAME, markText, readClaim, readMark } from "./mark_text.ts";

/** Options for {@linkcode S3StoreMark}. */
export interface S3StoreMarkOptions {
  /** The prefix of all keys in the bucket, such as `images/`. @default {""} */
  readonly prefix?: string;
}

/** The identity of the blobs in a bucket, as an object beside them. */
export class S3StoreMark implements StoreMark {
  readonly #bucket: Bucket;
  readonly #folder: string;

  constructor(bucket: Bucket, { prefix = "" }: S3StoreMarkOptions = {}) {
    this.#bucket = bucket;
    this.#folder = `${prefix}blobs/`;
  }

  async read(): Promise<Identity | null> {
    const text = await this.#bucket.readText(this.#folder + MARK_NAME);
    return text === null ? null : readMark(text);
  }

  async write(identity: Identity): Promise<void> {
    await this.#bucket.putText(this.#folder + MARK_NAME, markText(identity));
  }

  async claim(claim: StoreClaim): Promise<void> {
    await this.#bucket.putText(this.#folder + CLAIM_NAME, markText(claim));
  }

  async readClaim(): Promise<StoreClaim | null> {
    const text = await this.#bucket.readText(this.#folder + CLAIM_NAME);
    return text === null ? null : readClaim(text);
  }

  async dropClaim(): Promise<void> {
    await this.#bucket.remove(this.#folder + CLAIM_NAME, "background");
  }
}
