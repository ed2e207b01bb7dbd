import { type ErrorCode, isProgImageError } from "../../error.ts";
import type { RenderTask } from "./render_message.ts";

/** The failures that are a task's own affair. */
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

/** Returns why the process in which a task has failed is to be replaced, or `null` if the failure says nothing of it. */
export function suspicionOf(task: RenderTask, error: unknown): string | null {
  if (!isProgImageError(error)) return "it failed in a way that is not known";
  const { code, message } = error;
  if (code === "plugin_failed") return `a plugin failed in it: ${message}`;
  if (code === "storage_error") return "it could not read or write a file";
  if (!EXPECTED_CODES.has(code)) return `it failed with the code ${code}`;
  const isUndecoded = code === "broken_image" || code === "unsupported_media";
  // Only what a probe has decoded comes to be rendered.
  return task.type === "render" && isUndecoded ? "it could not decode what was decoded before" : null;
}
