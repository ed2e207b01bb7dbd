import type { FileExchange, ListFilesOptions } from "./file_exchange.ts";
import { checkFileName, checkFilePrefix } from "./file_name.ts";

/** The part of an exchange below a tenant's folder. No name leads out of it, as no part of a name begins with a dot. */
export class TenantFileExchange implements FileExchange {
  readonly #whole: FileExchange;
  readonly #folder: string;

  constructor(whole: FileExchange, owner: string) {
    this.#whole = whole;
    this.#folder = `${owner}/`;
  }

  of(owner: string): FileExchange {
    return this.#whole.of(owner);
  }

  async put(name: string, path: string): Promise<void> {
    checkFileName(name);
    await this.#whole.put(this.#folder + name, path);
  }

  async list(prefix: string, { limit, after }: ListFilesOptions): Promise<readonly string[]> {
    checkFilePrefix(prefix);
    const options = { limit, after: after === null ? null : this.#folder + after };
    const names = await this.#whole.list(this.#folder + prefix, options);
    return names.map((name) => name.slice(this.#folder.length));
  }

  async open(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    checkFileName(name);
    return await this.#whole.open(this.#folder + name);
  }
}
