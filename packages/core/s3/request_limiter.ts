import { ProgImageError } from "../error.ts";
import type { ObjectUse } from "../object/object_store.ts";

/** Options for {@linkcode RequestLimiter}. */
export interface RequestLimiterOptions {
  /** The concurrency limit of each kind of request. Background has an eighth of it. */
  readonly atATime: number;
  /** The queue timeout of a request, in milliseconds. Background requests have none. @default {5_000} */
  readonly queueTimeout?: number;
}

/** Limits concurrent requests. All fetches of a process share 256 connections, and further ones would wait unnoticed. */
export class RequestLimiter {
  readonly #queueTimeout: number;
  readonly #limits: Readonly<Record<ObjectUse, LimitState>>;

  constructor({ atATime, queueTimeout = 5_000 }: RequestLimiterOptions) {
    this.#queueTimeout = queueTimeout;
    const limit = (room: number): LimitState => ({ room, waiting: new Set() });
    this.#limits = {
      background: limit(Math.max(1, Math.floor(atATime / 8))),
      read: limit(atATime),
      stream: limit(atATime),
      write: limit(atATime),
    };
  }

  /** Waits for a place. Disposing of it releases it; later calls have no effect. @throws {ProgImageError} `busy` */
  async enter(name: ObjectUse, signal?: AbortSignal): Promise<Disposable> {
    const limit = this.#limits[name];
    if (limit.room > 0) limit.room--;
    else await this.#wait(limit, name === "background" ? Infinity : this.#queueTimeout, signal);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) leave(limit);
        isHeld = false;
      },
    };
  }

  #wait(limit: LimitState, queueTimeout: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (reason: unknown) => {
      limit.waiting.delete(resolve);
      reject(reason);
    };
    const cancel = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", cancel);
    const timer = queueTimeout < Infinity ? setTimeout(() => giveUp(tooMany()), queueTimeout) : undefined;
    limit.waiting.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  }
}

interface LimitState {
  room: number;
  readonly waiting: Set<() => void>;
}

/** Passes the place to the request that has waited longest. */
function leave(limit: LimitState): void {
  const [next] = limit.waiting;
  if (!next) {
    limit.room++;
    return;
  }
  limit.waiting.delete(next);
  next();
}

function tooMany(): ProgImageError {
  return new ProgImageError("busy", "Cannot reach stored bytes as too many wait for them: try again", {
    details: { retryAfter: 2 },
  });
}
