import { isProgImageError, ProgImageError } from "../error.ts";
import { fromStorageError } from "../storage_error.ts";
import { type BackOff, backOff } from "../waiting/back_off.ts";
import { retry } from "../waiting/retry.ts";
import { BucketRefusal, bucketUnavailable, outageOf } from "./bucket_error.ts";
import { RequestDeadline, type RequestDeadlineOptions } from "./request_deadline.ts";
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
const BACK_OFF: BackOff = { first: 90, factor: 3, jitter: 2 / 3 };

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
  const elapsed = () => performance.now() - startedAt;
  const place = await limiter.enter(use, signal).catch((error: unknown) => {
    throw signal?.aborted ? cancelled() : error;
  });
  if (use === "background") startedAt = performance.now();
  const attempt = () => sendOnce(send, { place, signal, grace: ALL_TRIES_MILLISECONDS - elapsed() });
  const delayAfter = (failure: unknown, tries: number) => {
    const isFinal = isProgImageError(failure) || (failure instanceof BucketRefusal && !failure.isPassing);
    const isLast = tries === TRIES || elapsed() > LAST_TRY_MILLISECONDS;
    return isFinal || isLast ? null : backOff(tries, BACK_OFF);
  };
  try {
    return await retry(attempt, { delayAfter, signal });
  } catch (failure) {
    place[Symbol.dispose]();
    if (signal?.aborted) throw cancelled();
    if (isProgImageError(failure)) throw failure;
    throw bucketUnavailable(failure instanceof BucketRefusal ? failure : outageOf(failure));
  }
}

/** Sends a request once. Releases its place when it has succeeded, unless the place is kept. Throws the failure. */
async function sendOnce<T>(
  send: (attempt: Attempt) => Promise<T>,
  { place, ...options }: RequestDeadlineOptions & { readonly place: Disposable },
): Promise<T> {
  using held = new DisposableStack();
  const deadline = held.use(new RequestDeadline(options));
  held.use(place);
  try {
    return await send({ deadline, answerMilliseconds: ANSWER_MILLISECONDS, keep: () => held.move() });
  } catch (error) {
    // The next attempt needs the place.
    if (!held.disposed) held.move();
    deadline[Symbol.dispose]();
    const failure = failureOf(error, deadline);
    // An unread response would keep its connection open.
    deadline.stop();
    throw failure;
  }
}

function failureOf(error: unknown, { signal }: RequestDeadline): Error {
  if (error instanceof BucketRefusal) return error;
  // The file to send may be on a failing disk.
  const explained = fromStorageError(error);
  return isProgImageError(explained) ? explained : outageOf(signal.aborted ? signal.reason : error);
}

function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot read image as the request for it was cancelled");
}
