import type { CallOptions, Connection } from "../connection/connection.ts";
import { PageList } from "../connection/page_list.ts";
import type { Key, KeyRequest, NewKey } from "../shapes.ts";
import { askJson, checkPlainId } from "./ask_json.ts";

/** The key to make with {@linkcode Keys.create}. */
export interface CreateKeyRequest extends Omit<KeyRequest, "expiresAt"> {
  /** When it stops being valid. Text is ISO 8601. */
  readonly expiresAt?: Date | string;
}

/** Options for {@linkcode Keys.revoke}. */
export interface RevokeKeyOptions extends CallOptions {
  /** Another tenant that the key belongs to: it needs the scope `server`. */
  readonly tenant?: string;
}

/** Options for {@linkcode Keys.list}. */
export interface ListKeysOptions extends RevokeKeyOptions {
  /** Keys per page, at most 1000; the iteration reads all pages. @default {50} */
  readonly limit?: number;
}

/** The keys of callers, for a caller with the scope `admin`. */
export class Keys {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Makes a key. Its text is in this answer alone.
   *
   * @throws {PermissionError} for a scope that the caller does not have
   */
  async create(request: CreateKeyRequest, options: CallOptions = {}): Promise<NewKey> {
    return await askJson(this.#connection, "/keys", { method: "POST", json: request }, options);
  }

  /** Lists keys, the newest first, also those that are not valid any more. */
  list({ limit, tenant, ...options }: ListKeysOptions = {}): PageList<Key> {
    return new PageList(this.#connection, "/keys", { limit, tenant }, options);
  }

  /**
   * Revokes a key: it and the URLs that it has signed are refused within a second.
   *
   * @throws {NotFoundError} if there is no such key
   */
  async revoke(id: string, { tenant, ...options }: RevokeKeyOptions = {}): Promise<Key> {
    const query = tenant === undefined ? "" : `?${new URLSearchParams({ tenant })}`;
    const path = `/keys/${checkPlainId(id)}/revoke${query}`;
    return await askJson(this.#connection, path, { method: "POST" }, options);
  }
}
