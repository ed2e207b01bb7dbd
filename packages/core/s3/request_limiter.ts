import { ProgImageError } from "../error.ts";
import type { ObjectUse } from "../object/object_store.ts";
import { Limiter } from "../waiting/limiter.ts";

/** Options for {@linkcode RequestLimiter}. */
export interface RequestLimiterOptions {
  /** The concurrency limit of each kind of request. Background has an eighth of it. */
  readonly atATime: number;
  /** The queue timeout of a request, in milliseconds. Background requests have none. @default {5_000} */
  readonly queueTimeout?: number;
}

/** Limits concurrent requests. All fetches of a process share 256 connections, and further ones would wait unnoticed. */
export class RequestLimiter {
  readonly #limiters: Readonly<Record<ObjectUse, Limiter>>;

  constructor({ atATime, queueTimeout: timeout = 5_000 }: RequestLimiterOptions) {
    const limiter = () => new Limiter({ limit: atATime, timeout, busy: tooMany });
    const background = new Limiter({ limit: Math.max(1, Math.floor(atATime / 8)), busy: tooMany });
    this.#limiters = { background, read: limiter(), stream: limiter(), write: limiter() };
  }

  /** Waits for a place, which must be disposed of. @throws {ProgImageError} `busy`, or the reason of the signal */
  enter(use: ObjectUse, signal?: AbortSignal): Promise<Disposable> {
    return this.#limiters[use].enter(signal);
  }
}

function tooMany(): ProgImageError {
  return new ProgImageError("busy", "Cannot reach stored bytes as too many wait for them: try again", {
    details: { retryAfter: 2 },
  });
}
