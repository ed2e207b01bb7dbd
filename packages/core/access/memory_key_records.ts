import type { MemoryTables } from "../database/memory_tables.ts";
import { type AccessKey, isValidKey } from "./access_key.ts";
import type { KeyListQuery, KeyRecords } from "./key_records.ts";

/** The records of keys in memory. */
export class MemoryKeyRecords implements KeyRecords {
  readonly #keys: MemoryTables["keys"];
  readonly #now: () => number;

  constructor({ keys }: MemoryTables, now: () => number = Date.now) {
    this.#keys = keys;
    this.#now = now;
  }

  async add(key: AccessKey): Promise<void> {
    if (this.#keys.has(key.id)) throw new TypeError(`Cannot add key as its id is in use: ${key.id}`);
    this.#keys.set(key.id, key);
  }

  async find(id: string): Promise<AccessKey | null> {
    return this.#keys.get(id) ?? null;
  }

  async list(owner: string, { after, limit }: KeyListQuery): Promise<readonly AccessKey[]> {
    const isBehind = ({ createdAt, id }: AccessKey) =>
      !after || createdAt < after.createdAt || (createdAt === after.createdAt && id < after.id);
    return [...this.#keys.values()]
      .filter((key) => key.owner === owner && isBehind(key))
      .sort((one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1))
      .slice(0, limit);
  }

  async revoke(owner: string, id: string): Promise<AccessKey | null> {
    return this.#change(owner, id, (key) => ({ ...key, revokedAt: key.revokedAt ?? this.#now() }));
  }

  async expire(owner: string, id: string, expiresAt: number): Promise<AccessKey | null> {
    return this.#change(owner, id, (key) => ({
      ...key,
      expiresAt: Math.min(expiresAt, key.expiresAt ?? Infinity),
    }));
  }

  async markUsed(id: string, day: number): Promise<void> {
    const key = this.#keys.get(id);
    if (key) this.#keys.set(id, { ...key, lastUsedAt: Math.max(day, key.lastUsedAt ?? day) });
  }

  async hasValidKey(): Promise<boolean> {
    return this.#keys.values().some((key) => isValidKey(key, this.#now()));
  }

  #change(owner: string, id: string, change: (key: AccessKey) => AccessKey): AccessKey | null {
    const key = this.#keys.get(id);
    if (key?.owner !== owner) return null;
    const changed = change(key);
    this.#keys.set(id, changed);
    return changed;
  }
}
