import { isProgImageError, ProgImageError } from "../error.ts";
import { fromStorageError } from "../storage_error.ts";
import { BucketRefusal, bucketUnavailable, outageOf } from "./bucket_error.ts";
import { Patience } from "./patience.ts";
import type { ObjectUse } from "../object/object_store.ts";
import type { RequestLanes } from "./request_lanes.ts";

/** Options for {@linkcode sendRequest}. */
export interface SendRequestOptions {
  readonly lane: ObjectUse;
  /** Nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** One try of a request. */
export interface Attempt {
  readonly patience: Patience;
  /** How long an answer may take to begin, in milliseconds. */
  readonly answerMilliseconds: number;
  /** Keeps the place among the requests and the patience beyond the answer, until they are disposed of. */
  readonly keep: () => Disposable;
}

/** How long an answer may take to begin. */
const ANSWER_MILLISECONDS = 3_500;

/** From when on nobody tries again, and how long all tries may take together before anything moves: callers are promised ten seconds. */
const LAST_TRY_MILLISECONDS = 4_000;
const ALL_TRIES_MILLISECONDS = 8_000;
const TRIES = 4;
const FIRST_PAUSE_MILLISECONDS = 60;

/**
 * Sends a request once it is its turn, and again where another try may help. What it does must be harmless when it is done twice.
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
      // An answer that nobody reads to its end would keep its connection.
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
  // The file that was to be sent may lie on a disk in trouble.
  const explained = fromStorageError(error);
  if (isProgImageError(explained)) return explained;
  return outageOf(patience.signal.aborted ? patience.signal.reason : error);
}

function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot read image: nobody waits for it any more");
}
