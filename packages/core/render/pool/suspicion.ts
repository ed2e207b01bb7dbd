import { type ErrorCode, isProgImageError } from "../../error.ts";
import type { RenderTask } from "./render_message.ts";

/** The codes of failures that the task itself causes. */
const EXPECTED_CODES: ReadonlySet<ErrorCode> = new Set([
  "broken_image",
  "damaged",
  "does_not_fit",
  "invalid_parameter",
  "storage_full",
  "too_costly",
  "too_large",
  "too_many_pixels",
  "unsupported_media",
] as const);

/** Returns why to replace the process in which a task has failed, or `null` if the failure does not concern the process. */
export function suspicionOf(task: RenderTask, error: unknown): string | null {
  if (!isProgImageError(error)) return "it failed in a way that is not known";
  const { code, message } = error;
  if (code === "plugin_failed") return `a plugin failed in it: ${message}`;
  if (code === "storage_error") return "it could not read or write a file";
  if (!EXPECTED_CODES.has(code)) return `it failed with the code ${code}`;
  const isUndecoded = code === "broken_image" || code === "unsupported_media";
  return isUndecoded && wasDecoded(task) ? "it could not decode what was decoded before" : null;
}

/** Whether the input of a task was decoded before by a probe, so that its bytes are not broken. */
export function wasDecoded(task: RenderTask): boolean {
  return task.type === "render" && !task.job.isUnprobed;
}
