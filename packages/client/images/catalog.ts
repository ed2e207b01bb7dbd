import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";

/** The entries of one kind that the server knows: transforms or presets. */
export class Catalog<Entry> {
  readonly #connection: Connection;
  readonly #path: string;

  /** @internal */
  constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** Returns all entries. */
  async list(options: CallOptions = {}): Promise<readonly Entry[]> {
    const call = { ...options, headers: { accept: "application/json" } };
    const { items } = await this.#connection.send(this.#path, call, readJson<{ items: readonly Entry[] }>);
    return items;
  }
}
