import { ProgImageError } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import { contextOf } from "../http/request_context.ts";

/** How fast a body must come. */
export type Pace = Pick<Config, "uploadDeadlineMs" | "uploadIdleMs" | "uploadMinRate">;

/** How seldom the connection is given more time while bytes keep coming. */
const KEEP_ALIVE_GRAIN_MILLISECONDS = 500;

/**
 * Gives a function that hears how many bytes of a request's body have come so far, and keeps the connection open as long as
 * they come fast enough. A client that sends nothing is cut off by the server itself.
 *
 * The function throws a {@linkcode ProgImageError} `too_slow`.
 */
export function watchPace(request: Request, pace: Pace): (bytes: number) => void {
  const { keepAlive } = contextOf(request);
  const startedAt = performance.now();
  let aliveSince = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    const now = performance.now();
    checkPace(bytes, now - startedAt, pace);
    if (now - aliveSince < KEEP_ALIVE_GRAIN_MILLISECONDS) return;
    keepAlive(Math.ceil(pace.uploadIdleMs / 1000));
    aliveSince = now;
  };
}

function checkPace(bytes: number, milliseconds: number, pace: Pace): void {
  const { uploadDeadlineMs, uploadIdleMs, uploadMinRate } = pace;
  if (milliseconds > uploadDeadlineMs) throw tooSlow(`it must be done within ${uploadDeadlineMs} ms`);
  const isSlow = milliseconds > uploadIdleMs && (bytes / milliseconds) * 1000 < uploadMinRate;
  if (isSlow) throw tooSlow(`it must send at least ${uploadMinRate} bytes a second`);
}

function tooSlow(must: string): ProgImageError {
  return new ProgImageError("too_slow", `Cannot go on with the upload as ${must}`);
}
