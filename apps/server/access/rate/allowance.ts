import type { Refusal } from "../../http/refusal.ts";
import { count, isReached, levelOf, refusalFor, type SubjectLimit, stateOf } from "./rate_limit.ts";

/** The part of the rates that a request may still use. */
export interface Allowance {
  /** Why the request must be refused, or `null`. */
  readonly refusal: Refusal | null;
  /** Returns the fields `RateLimit-Policy` and `RateLimit`; none where no limit applies. */
  fields(): Readonly<Record<string, string>>;
  /** Returns why nothing may be rendered for the request, or `null`. */
  refuseRender(): Refusal | null;
  /** Counts milliseconds of rendering. */
  charge(milliseconds: number): void;
}

/** The allowance of a request to which no limit applies. */
export const UNLIMITED: Allowance = {
  refusal: null,
  fields: () => ({}),
  refuseRender: () => null,
  charge: () => {},
};

/** The limits of a request. */
export interface RequestLimits {
  readonly requests: readonly SubjectLimit[];
  readonly rendering: readonly SubjectLimit[];
}

/** Returns the allowance of a request, and counts the request if it is not refused. */
export function takeRequest(limits: RequestLimits): Allowance {
  return limits.requests.length + limits.rendering.length === 0 ? UNLIMITED : new CountedAllowance(limits);
}

/** Every request makes one, and most are not asked for more than their refusal. */
class CountedAllowance implements Allowance {
  readonly refusal: Refusal | null;
  readonly #limits: RequestLimits;
  readonly #levels: readonly number[];

  constructor(limits: RequestLimits) {
    const before = limits.requests.map(levelOf);
    this.#limits = limits;
    this.refusal = firstRefusal(limits.requests, before);
    this.#levels = this.refusal ? before : limits.requests.map((each) => count(each, 1));
  }

  fields(): Readonly<Record<string, string>> {
    const { requests, rendering } = this.#limits;
    const all = [...requests, ...rendering];
    const levels = [...this.#levels, ...rendering.map(levelOf)];
    return {
      "ratelimit-policy": all.map(({ limit }) => limit.policy).join(", "),
      ratelimit: all.map(({ limit }, index) => stateOf(limit, levels[index] ?? 0)).join(", "),
    };
  }

  refuseRender(): Refusal | null {
    const { rendering } = this.#limits;
    return firstRefusal(rendering, rendering.map(levelOf));
  }

  charge(milliseconds: number): void {
    for (const each of this.#limits.rendering) count(each, milliseconds);
  }
}

function firstRefusal(limits: readonly SubjectLimit[], levels: readonly number[]): Refusal | null {
  const index = levels.findIndex(isReached);
  const reached = limits[index];
  return reached ? refusalFor(reached.limit, levels[index] ?? 0) : null;
}
