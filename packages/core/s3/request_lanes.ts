import { ProgImageError } from "../error.ts";
import type { ObjectUse } from "../object/object_store.ts";

/** Options for {@linkcode RequestLanes}. */
export interface RequestLanesOptions {
  /** The concurrency limit of each lane. Background has an eighth of it. */
  readonly atATime: number;
  /** The queue timeout of a request, in milliseconds. Background requests have none. @default {5_000} */
  readonly patience?: number;
}

/** Limits concurrent requests. All fetches of a process share 256 connections, and further ones would wait unnoticed. */
export class RequestLanes {
  readonly #patience: number;
  readonly #lanes: Readonly<Record<ObjectUse, LaneState>>;

  constructor({ atATime, patience = 5_000 }: RequestLanesOptions) {
    this.#patience = patience;
    const lane = (room: number): LaneState => ({ room, waiting: new Set() });
    this.#lanes = {
      background: lane(Math.max(1, Math.floor(atATime / 8))),
      read: lane(atATime),
      stream: lane(atATime),
      write: lane(atATime),
    };
  }

  /** Waits for a place. Disposing of it releases it; later calls have no effect. @throws {ProgImageError} `busy` */
  async enter(name: ObjectUse, signal?: AbortSignal): Promise<Disposable> {
    const lane = this.#lanes[name];
    if (lane.room > 0) lane.room--;
    else await this.#wait(lane, name === "background" ? Infinity : this.#patience, signal);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) leave(lane);
        isHeld = false;
      },
    };
  }

  #wait(lane: LaneState, patience: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (reason: unknown) => {
      lane.waiting.delete(resolve);
      reject(reason);
    };
    const cancel = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", cancel);
    const timer = patience < Infinity ? setTimeout(() => giveUp(tooMany()), patience) : undefined;
    lane.waiting.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  }
}

interface LaneState {
  room: number;
  readonly waiting: Set<() => void>;
}

/** Passes the place to the request that has waited longest. */
function leave(lane: LaneState): void {
  const [next] = lane.waiting;
  if (!next) {
    lane.room++;
    return;
  }
  lane.waiting.delete(next);
  next();
}

function tooMany(): ProgImageError {
  return new ProgImageError("busy", "Cannot reach stored bytes as too many wait for them: try again", {
    details: { retryAfter: 2 },
  });
}
