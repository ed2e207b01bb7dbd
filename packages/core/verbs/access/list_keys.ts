import type { AccessKey } from "../../access/access_key.ts";
import { isKeyId } from "../../access/key_text.ts";
import { decodeCursor, encodeCursor } from "../../image/catalog/list_cursor.ts";
import type { KeyPorts } from "./create_key.ts";

/** Options for {@linkcode listKeys}. */
export interface ListKeysOptions {
  /** Empty for the first tenant. */
  readonly tenant: string;
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
}

/** A page of keys. */
export interface KeyPage {
  readonly items: readonly AccessKey[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns a page of the keys of a tenant, also those that are revoked or have expired, the newest first.
 *
 * @throws {ProgImageError} `invalid_parameter` for a cursor of another listing
 */
export async function listKeys(
  { keys }: Pick<KeyPorts, "keys">,
  { cursor, limit, tenant }: ListKeysOptions,
): Promise<KeyPage> {
  const position = cursor === undefined ? undefined : decodeCursor(cursor, "createdAt", isKeyId);
  const after = position && { createdAt: Number(position.value), id: position.id };
  const found = await keys.list(tenant, { limit: limit + 1, after });
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? encodeCursor("createdAt", { value: last.createdAt, id: last.id }) : null };
}
