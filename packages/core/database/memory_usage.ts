import type { StorageLimits } from "../tenant/usage_records.ts";
import { type CountedUse, isUnlimited, useByOwner } from "../tenant/usage_row.ts";
import type { MemoryTables } from "./memory_tables.ts";

/** Sets the limits of an owner, whose images are counted if it had none. */
export function setLimits(tables: MemoryTables, owner: string, limits: StorageLimits): void {
  if (isUnlimited(limits)) return void tables.usage.delete(owner);
  const set = { maxImages: limits.images, maxBytes: limits.bytes };
  const known = tables.usage.get(owner) ?? { owner, ...countUse(tables, owner) };
  tables.usage.set(owner, { ...known, ...set });
}

/** Counts the images of an owner. */
export function countUse(tables: MemoryTables, owner: string): CountedUse {
  const all = [...tables.images.values(), ...tables.deletedImages.values()];
  return useByOwner(all).get(owner) ?? { images: 0, bytes: 0 };
}
