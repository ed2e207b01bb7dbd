import { isProgImageError, ProgImageError } from "../error.ts";
import { fromStorageError } from "../storage_error.ts";
import { BucketRefusal, bucketUnavailable, outageOf } from "./bucket_error.ts";
import { RequestDeadline } from "./request_deadline.ts";
import type { ObjectUse } from "../object/object_store.ts";
import type { RequestLimiter } from "./request_limiter.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  readonly use: ObjectUse;
  /** Aborted when the caller no longer waits for the response. */
  readonly signal?: AbortSignal;
}

/** One attempt of a request. */
export interface Attempt {
  readonly deadline: RequestDeadline;
  /** The timeout for the start of a response, in milliseconds. */
  readonly answerMilliseconds: number;
  /** Keeps the place among the concurrent requests and the deadline after the response, until they are disposed of. */
  readonly keep: () => Disposable;
}

/** The default timeout for the start of a response. */
const ANSWER_MILLISECONDS = 3_500;

/** The latest start of a retry, and the timeout of all attempts without progress. Callers are promised ten seconds. */
const LAST_TRY_MILLISECONDS = 4_000;
const ALL_TRIES_MILLISECONDS = 8_000;
const TRIES = 4;
const FIRST_PAUSE_MILLISECONDS = 60;

/**
 * Sends a request when the concurrency limit of its kind allows it, and retries it if that may help. `send` must be idempotent.
 *
 * @throws {ProgImageError} `unavailable`, `busy`, `cancelled`
 */
export async function sendRequest<T>(
  limiter: RequestLimiter,
  { use, signal }: SendRequestOptions,
  send: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  let startedAt = performance.now();
  const place = await limiter.enter(use, signal).catch((error: unknown) => {
    throw signal?.aborted ? cancelled() : error;
  });
  if (use === "background") startedAt = performance.now();
  for (let tries = 1; ; tries++) {
    const grace = ALL_TRIES_MILLISECONDS - (performance.now() - startedAt);
    const deadline = new RequestDeadline({ grace, signal });
    const held = {
      [Symbol.dispose]: () => {
        deadline[Symbol.dispose]();
        place[Symbol.dispose]();
      },
    };
    let isKept = false;
    const keep = () => ((isKept = true), held);
    try {
      const result = await send({ deadline, answerMilliseconds: ANSWER_MILLISECONDS, keep });
      if (!isKept) held[Symbol.dispose]();
      return result;
    } catch (error) {
      deadline[Symbol.dispose]();
      const failure = failureOf(error, deadline, signal);
      // An unread response would keep its connection open.
      deadline.stop();
      const isLast = tries === TRIES || performance.now() - startedAt > LAST_TRY_MILLISECONDS;
      if (isProgImageError(failure) || (failure instanceof BucketRefusal && !failure.isPassing) || isLast) {
        place[Symbol.dispose]();
        throw isProgImageError(failure) ? failure : bucketUnavailable(failure);
      }
      await Bun.sleep(FIRST_PAUSE_MILLISECONDS * 3 ** (tries - 1) * (0.5 + Math.random()));
    }
  }
}

function failureOf(error: unknown, deadline: RequestDeadline, signal: AbortSignal | undefined) {
  if (signal?.aborted) return cancelled();
  if (error instanceof BucketRefusal) return error;
  // The file to send may be on a failing disk.
  const explained = fromStorageError(error);
  if (isProgImageError(explained)) return explained;
  return outageOf(deadline.signal.aborted ? deadline.signal.reason : error);
}

function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot read image: nobody waits for it any more");
}
