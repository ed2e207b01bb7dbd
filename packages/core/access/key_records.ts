import type { AccessKey } from "./access_key.ts";

/** A query for keys, newest first. */
export interface KeyListQuery {
  readonly limit: number;
  /** Only keys after this one in the listing. */
  readonly after?: Pick<AccessKey, "createdAt" | "id">;
}

/** The records of the keys of all owners. */
export interface KeyRecords {
  /** Adds a key. Rejects if its id is in use. */
  add(key: AccessKey): Promise<void>;
  /** Returns a key, also one that is revoked or has expired, or `null`. */
  find(id: string): Promise<AccessKey | null>;
  /** Returns the keys of an owner, also those that are revoked or have expired, the newest first. */
  list(owner: string, query: KeyListQuery): Promise<readonly AccessKey[]>;
  /** Revokes a key of an owner; one that is revoked does not change. Returns the key after that, or `null` if the owner has none. */
  revoke(owner: string, id: string): Promise<AccessKey | null>;
  /** Lets a key of an owner expire at a time, unless it expires earlier. Returns the key after that, or `null` if the owner has none. */
  expire(owner: string, id: string, expiresAt: number): Promise<AccessKey | null>;
  /** Records the day on which a key was last used, given as its start. An earlier day changes nothing. */
  markUsed(id: string, day: number): Promise<void>;
  /** Whether any key exists that is valid now. */
  hasValidKey(): Promise<boolean>;
}
