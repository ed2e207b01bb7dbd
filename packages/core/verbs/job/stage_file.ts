import { newBlobKey } from "../../blob/blob_store.ts";
import type { SpooledFile } from "../../blob/spool.ts";
import type { Ports } from "../../ports.ts";

/** Bytes that wait for a job: in the store, where every process finds them, but no image's. */
export interface StagedBytes {
  /** The key under which the store has them. */
  readonly blob: string;
  readonly bytes: number;
}

/**
 * Stages the bytes of a file, so that a job can be about them. When this resolves they survive a crash, for a day: until then a job must
 * have been begun that names them. They go when it ends.
 */
export async function stageFile(
  { blobs }: Pick<Ports, "blobs">,
  file: Pick<SpooledFile, "path" | "bytes" | "sha256">,
): Promise<StagedBytes> {
  const blob = newBlobKey(file.sha256);
  await blobs.put(blob, file.path);
  return { blob, bytes: file.bytes };
}

/** Removes those of the bytes with these keys that no job needs which goes on. */
export async function dropStaged(
  { blobs, jobs }: Pick<Ports, "blobs" | "jobs">,
  keys: readonly string[],
): Promise<void> {
  const needed = await jobs.staged(keys);
  await Promise.all(keys.map(async (key) => needed.has(key) || (await blobs.remove(key))));
}
