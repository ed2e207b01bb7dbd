import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { isProgImageError } from "../../error.ts";
import { storageError } from "../../storage_error.ts";
import { readMetadata } from "../open_source.ts";
import type { RenderTask } from "./render_message.ts";
import { wasDecoded } from "./suspicion.ts";

/** Codes of decoders for a file that is no image, is broken, or could not be read to its end. */
const DOUBTFUL_CODES: ReadonlySet<string> = new Set(["broken_image", "unsupported_media"]);

/** sharp's message if no decoder recognises the first bytes of a file. */
const UNRECOGNISED = "Input file contains unsupported image format";

/** The first bytes of a JPEG, PNG, GIF and TIFF, in hexadecimal. A TIFF is recognised only if its first directory can be read too. */
const BEGINNING_REGEXP = /^(?:ffd8ff|89504e470d0a1a0a|47494638|49492a00|4d4d002a)/;
const BEGINNING_BYTES = 8;

/**
 * Returns the error of a task, or a storage error if the storage is to blame. Decoders do not distinguish an unreadable file from one that
 * is no image. Rejected files are therefore read again, which is cheap because their bytes are still cached.
 */
export async function blameStorage(error: unknown, task: RenderTask): Promise<unknown> {
  if (!isProgImageError(error) || !DOUBTFUL_CODES.has(error.code)) return error;
  for (const path of inputsOf(task)) {
    try {
      const beginning = await beginningOf(path);
      const isSuspect = isUnrecognised(error) && BEGINNING_REGEXP.test(beginning);
      if (isSuspect && (await isImage(await readFile(path)))) return storageError({ cause: error.cause });
    } catch (failure) {
      return storageError({ cause: failure });
    }
  }
  return error;
}

/**
 * Whether to retry a failed task, because the file may have been unreadable for a moment. Retrying is cheap if no decoder recognised the
 * first bytes. A failed render is retried if its input was decoded before.
 */
export function isWorthAnotherLook(error: unknown, task: RenderTask): boolean {
  if (!isProgImageError(error)) return false;
  return (
    error.code === "unsupported_media" ||
    isUnrecognised(error) ||
    (error.code === "broken_image" && wasDecoded(task))
  );
}

function isUnrecognised({ cause }: Error): boolean {
  return cause instanceof Error && cause.message === UNRECOGNISED;
}

function inputsOf(task: RenderTask): readonly string[] {
  if (task.type === "probe") return [task.path];
  return [task.job.input, ...Object.values(task.job.images ?? {}).map(({ path }) => path)];
}

/** Whether the decoders find an image in bytes that are already in memory. */
async function isImage(bytes: Buffer): Promise<boolean> {
  return await readMetadata(bytes).then(
    () => true,
    () => false,
  );
}

/** Reads a file to its end. Returns its first bytes in hexadecimal digits. */
async function beginningOf(path: string): Promise<string> {
  let beginning: Buffer | null = null;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>)
    beginning ??= chunk.subarray(0, BEGINNING_BYTES);
  return beginning?.toString("hex") ?? "";
}
