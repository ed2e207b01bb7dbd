import type { ObjectStore } from "../../object/object_store.ts";
import type { FileExchange, ListFilesOptions } from "./file_exchange.ts";
import { checkFileName, checkFilePrefix, isFileName, isLitter } from "./file_name.ts";
import { TenantFileExchange } from "./tenant_file_exchange.ts";

/** Options for {@linkcode ObjectFileExchange}. */
export interface ObjectFileExchangeOptions {
  /** The prefix of all keys, such as `exchange/`. Keys without it cannot be reached. */
  readonly prefix: string;
}

/** A file exchange of the objects of an S3 bucket under a prefix. Keys that are not valid names are skipped. */
export class ObjectFileExchange implements FileExchange {
  readonly #objects: ObjectStore;
  readonly #prefix: string;

  constructor(objects: ObjectStore, { prefix }: ObjectFileExchangeOptions) {
    this.#objects = objects;
    this.#prefix = prefix;
  }

  of(owner: string): FileExchange {
    return owner === "" ? this : new TenantFileExchange(this, owner);
  }

  async put(name: string, path: string): Promise<void> {
    checkFileName(name);
    await this.#objects.put(this.#prefix + name, path, { use: "write" });
  }

  async list(prefix: string, { limit, after }: ListFilesOptions): Promise<readonly string[]> {
    checkFilePrefix(prefix);
    const names: string[] = [];
    if (limit <= 0) return names;
    const options = { after: after === null ? null : this.#prefix + after, pageSize: limit };
    for await (const { key } of this.#objects.list(this.#prefix + prefix, options)) {
      const name = key.slice(this.#prefix.length);
      if (isFileName(name) && !isLitter(name)) names.push(name);
      if (names.length === limit) break;
    }
    return names;
  }

  async open(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    checkFileName(name);
    return (await this.#objects.read(this.#prefix + name, { use: "stream" }))?.body ?? null;
  }
}
