import { isProgImageError, ProgImageError } from "../error.ts";
import { fromStorageError } from "../storage_error.ts";
import { BucketRefusal, bucketUnavailable, outageOf } from "./bucket_error.ts";
import { Patience } from "./patience.ts";
import type { ObjectUse } from "../object/object_store.ts";
import type { RequestLanes } from "./request_lanes.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  readonly lane: ObjectUse;
  /** Aborted when the caller no longer waits for the response. */
  readonly signal?: AbortSignal;
}

/** One attempt of a request. */
export interface Attempt {
  readonly patience: Patience;
  /** The timeout for the start of a response, in milliseconds. */
  readonly answerMilliseconds: number;
  /** Keeps the place in the lane and the patience after the response, until they are disposed of. */
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
 * Sends a request when its lane has room, and retries it if that may help. `send` must be idempotent.
 *
 * @throws {ProgImageError} `unavailable`, `busy`, `cancelled`
 */
export async function sendRequest<T>(
  lanes: RequestLanes,
  { lane, signal }: SendRequestOptions,
  send: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  let startedAt = performance.now();
  const place = await lanes.enter(lane, signal).catch((error: unknown) => {
    throw signal?.aborted ? cancelled() : error;
  });
  if (lane === "background") startedAt = performance.now();
  for (let tries = 1; ; tries++) {
    const grace = ALL_TRIES_MILLISECONDS - (performance.now() - startedAt);
    const patience = new Patience({ grace, signal });
    const held = {
      [Symbol.dispose]: () => {
        patience[Symbol.dispose]();
        place[Symbol.dispose]();
      },
    };
    let isKept = false;
    const keep = () => ((isKept = true), held);
    try {
      const result = await send({ patience, answerMilliseconds: ANSWER_MILLISECONDS, keep });
      if (!isKept) held[Symbol.dispose]();
      return result;
    } catch (error) {
      patience[Symbol.dispose]();
      const failure = failureOf(error, patience, signal);
      // An unread response would keep its connection open.
      patience.stop();
      const isLast = tries === TRIES || performance.now() - startedAt > LAST_TRY_MILLISECONDS;
      if (isProgImageError(failure) || (failure instanceof BucketRefusal && !failure.isPassing) || isLast) {
        place[Symbol.dispose]();
        throw isProgImageError(failure) ? failure : bucketUnavailable(failure);
      }
      await Bun.sleep(FIRST_PAUSE_MILLISECONDS * 3 ** (tries - 1) * (0.5 + Math.random()));
    }
  }
}

function failureOf(error: unknown, patience: Patience, signal: AbortSignal | undefined) {
  if (signal?.aborted) return cancelled();
  if (error instanceof BucketRefusal) return error;
  // The file to send may be on a failing disk.
  const explained = fromStorageError(error);
  if (isProgImageError(explained)) return explained;
  return outageOf(patience.signal.aborted ? patience.signal.reason : error);
}

function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot read image: nobody waits for it any more");
}
