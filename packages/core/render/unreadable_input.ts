import { createReadStream } from "node:fs";
import { isProgImageError } from "../error.ts";
import { storageError } from "../storage_error.ts";
import type { RenderTask } from "./render_message.ts";

/** What decoders say of a file that they could not read to its end, as well as of one that is none or broken. */
const DOUBTFUL_CODES: ReadonlySet<string> = new Set(["broken_image", "unsupported_media"]);

/**
 * Returns the error of a task, blamed on the storage if that is at fault: decoders do not tell a file that cannot be read from one
 * that is no image. Files that are refused are read once more, which bytes that came a moment ago make cheap.
 */
export async function blameStorage(error: unknown, task: RenderTask): Promise<unknown> {
  if (!isProgImageError(error) || !DOUBTFUL_CODES.has(error.code)) return error;
  for (const path of inputsOf(task)) {
    const failure = await readFailure(path);
    if (failure) return storageError({ cause: failure });
  }
  return error;
}

function inputsOf(task: RenderTask): readonly string[] {
  if (task.type === "probe") return [task.path];
  return [task.job.input, ...Object.values(task.job.images ?? {}).map(({ path }) => path)];
}

/** Returns why a file cannot be read to its end; `null` if it can. */
async function readFailure(path: string): Promise<unknown> {
  try {
    for await (const _chunk of createReadStream(path));
    return null;
  } catch (error) {
    return error;
  }
}
