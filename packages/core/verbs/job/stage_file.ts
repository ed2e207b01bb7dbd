import { newBlobKey } from "../../blob/blob_store.ts";
import type { SpooledFile } from "../../blob/spool.ts";
import type { Ports } from "../../ports.ts";

/** Bytes that are staged for a job: in the store, where every process can read them, but without an image. */
export interface StagedBytes {
  /** The key of the bytes in the store. */
  readonly blob: string;
  readonly bytes: number;
}

/**
 * Stages the bytes of a file for a job. When this resolves, they survive a crash for a day. A job that refers to them must be created
 * within that time; they are removed when it ends.
 */
export async function stageFile(
  { blobs, owner }: Pick<Ports, "blobs" | "owner">,
  file: Pick<SpooledFile, "path" | "bytes" | "sha256">,
): Promise<StagedBytes> {
  const blob = newBlobKey(file.sha256, { owner });
  await blobs.put(blob, file.path);
  return { blob, bytes: file.bytes };
}

/** Removes those of the staged bytes that no running job needs. */
export async function dropStaged(
  { blobs, jobs }: Pick<Ports, "blobs" | "jobs">,
  keys: readonly string[],
): Promise<void> {
  const needed = await jobs.staged(keys);
  await Promise.all(keys.map(async (key) => needed.has(key) || (await blobs.remove(key))));
}
