import { digestOfKey, isBlobKey, isSameContent } from "../../blob/blob_store.ts";
import { type Removal, sourceOfRemoval } from "../../blob/removal_record.ts";
import { sourceOf } from "../../derivative/derivative_key.ts";
import type { ErasedImages } from "../../image/deleted/deleted_images.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode removeBytes}. */
export interface RemoveBytesOptions {
  /** Whether no trace may remain: neither in the quarantine nor in derivatives. @default {false} */
  readonly isErasure?: boolean;
  /** Milliseconds after which a failure means that the store is down. The remaining blobs are then not tried. @default {2_000} */
  readonly failureTimeout?: number;
}

type RemovalPorts = Pick<Ports, "blobs" | "derivatives" | "ledger" | "removals">;

/**
 * Removes the bytes of blobs that are off the ledger, and records that they are gone. Bytes that cannot be removed stay on record for the
 * sweep to retry, and do not hold up the others.
 *
 * @throws the first failure
 */
export async function removeBytes(
  ports: RemovalPorts,
  removals: readonly Removal[],
  { isErasure = false, failureTimeout = 2_000 }: RemoveBytesOptions = {},
): Promise<void> {
  if (removals.length === 0) return;
  const { gone, failures, isAway } = await removeBlobs(ports, removals, { isErasure, failureTimeout });
  if (isErasure) await forgetRendered(ports, removals.map(sourceOfRemoval), { onlyHere: isAway });
  if (!isAway) await ports.removals.finish(gone);
  if (failures.length > 0) throw failures[0];
}

/**
 * Removes all bytes and derivatives of erased images, unless other images of the owner have the same bytes.
 *
 * @throws the first failure
 */
export async function removeErased(ports: RemovalPorts, { images, removals }: ErasedImages): Promise<void> {
  await removeBytes(ports, removals, { isErasure: true });
  // A deleted image keeps its bytes but not its derivatives.
  const struckOff = new Set(removals.map(sourceOfRemoval));
  const others = images.map(sourceOf).filter((source) => !struckOff.has(source));
  await forgetRendered(ports, others);
}

interface RemovedBlobs {
  readonly gone: readonly string[];
  readonly failures: readonly unknown[];
  /** Whether the store is down, so that the rest was not tried. */
  readonly isAway: boolean;
}

async function removeBlobs(
  { blobs }: Pick<Ports, "blobs">,
  removals: readonly Removal[],
  { isErasure, failureTimeout }: Required<RemoveBytesOptions>,
): Promise<RemovedBlobs> {
  const startedAt = performance.now();
  const gone: string[] = [];
  const failures: unknown[] = [];
  for (const { key } of removals) {
    try {
      await blobs.remove(key);
      if (isErasure) await emptyQuarantine({ blobs }, key);
      gone.push(key);
    } catch (error) {
      failures.push(error);
      if (performance.now() - startedAt > failureTimeout) return { gone, failures, isAway: true };
    }
  }
  return { gone, failures, isAway: false };
}

async function emptyQuarantine({ blobs }: Pick<Ports, "blobs">, removed: string): Promise<void> {
  for await (const { key } of blobs.quarantine.list(digestOfKey(removed)))
    if (isBlobKey(key) && isSameContent(key, removed)) await blobs.quarantine.remove(key);
}

async function forgetRendered(
  { derivatives, ledger }: Pick<Ports, "derivatives" | "ledger">,
  sources: readonly string[],
  { onlyHere = false }: { readonly onlyHere?: boolean } = {},
): Promise<void> {
  if (sources.length === 0) return;
  const unique = [...new Set(sources)];
  // Another image of the owner, even a new one, may have the same bytes and so the same derivatives.
  const referenced = await ledger.referenced(unique);
  const unused = unique.filter((source) => !referenced.has(source));
  await (onlyHere ? derivatives.forgetCopies(unused) : derivatives.forget(unused));
}
