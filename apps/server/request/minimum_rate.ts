import { ProgImageError } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import { contextOf } from "../http/request_context.ts";

/** The deadline, idle timeout and minimum rate of a body. */
export type BodyLimits = Pick<Config, "uploadDeadlineMs" | "uploadIdleMs" | "uploadMinRate">;

/** The shortest time between two extensions of the connection's timeout. */
const KEEP_ALIVE_GRAIN_MILLISECONDS = 500;

/**
 * Returns a function that takes the number of bytes received so far. It extends the connection's timeout as long as the body keeps its
 * minimum rate. The server itself closes the connection of a client that sends nothing.
 *
 * The function throws a {@linkcode ProgImageError} `too_slow`.
 */
export function watchRate(request: Request, limits: BodyLimits): (bytes: number) => void {
  const { keepAlive } = contextOf(request);
  const startedAt = performance.now();
  let aliveSince = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    const now = performance.now();
    checkRate(bytes, now - startedAt, limits);
    if (now - aliveSince < KEEP_ALIVE_GRAIN_MILLISECONDS) return;
    keepAlive(Math.ceil(limits.uploadIdleMs / 1000));
    aliveSince = now;
  };
}

function checkRate(bytes: number, milliseconds: number, limits: BodyLimits): void {
  const { uploadDeadlineMs, uploadIdleMs, uploadMinRate } = limits;
  if (milliseconds > uploadDeadlineMs) throw tooSlow(`it must be done within ${uploadDeadlineMs} ms`);
  const isSlow = milliseconds > uploadIdleMs && (bytes / milliseconds) * 1000 < uploadMinRate;
  if (isSlow) throw tooSlow(`it must send at least ${uploadMinRate} bytes a second`);
}

function tooSlow(must: string): ProgImageError {
  return new ProgImageError("too_slow", `Cannot go on with the upload as ${must}`);
}
