import { isBlobKey } from "./blob/blob_store.ts";
import type { Removal } from "./blob/removal_record.ts";
import type { Ports } from "./ports.ts";

/** Options for {@linkcode removeBytes}. */
export interface RemoveBytesOptions {
  /** Whether nothing may be left of them: neither in the quarantine nor in what was rendered. @default {false} */
  readonly isErasure?: boolean;
}

/**
 * Removes the bytes of blobs that were struck off, and records that they are gone. Bytes that cannot be removed stay on record: the
 * sweep tries again.
 */
export async function removeBytes(
  ports: Pick<Ports, "blobs" | "catalog" | "derivatives" | "removals">,
  removals: readonly Removal[],
  { isErasure = false }: RemoveBytesOptions = {},
): Promise<void> {
  if (removals.length === 0) return;
  for (const { key, digest } of removals) {
    await ports.blobs.remove(key);
    if (isErasure) await emptyQuarantine(ports, digest);
  }
  if (isErasure) {
    // An image with the same bytes may have come meanwhile: what was rendered serves it.
    const digests = [...new Set(removals.map(({ digest }) => digest))];
    const referenced = await ports.catalog.referenced(digests);
    await ports.derivatives.forget(digests.filter((digest) => !referenced.has(digest)));
  }
  await ports.removals.finish(removals.map(({ key }) => key));
}

async function emptyQuarantine({ blobs }: Pick<Ports, "blobs">, digest: string): Promise<void> {
  for await (const { key } of blobs.quarantine.list(digest))
    if (isBlobKey(key)) await blobs.quarantine.remove(key);
}
