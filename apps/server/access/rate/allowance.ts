import type { Refusal } from "../../http/refusal.ts";
import { count, isReached, refusalFor, type SubjectLimit, stateOf } from "./rate_limit.ts";

/** The part of the rates that a request may still use. */
export interface Allowance {
  /** The fields `RateLimit-Policy` and `RateLimit`; none where no limit applies. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why the request must be refused, or `null`. */
  readonly refusal: Refusal | null;
  /** Returns why nothing may be rendered for the request, or `null`. */
  refuseRender(): Refusal | null;
  /** Counts milliseconds of rendering. */
  charge(milliseconds: number): void;
}

/** The allowance of a request to which no limit applies. */
export const UNLIMITED: Allowance = {
  headers: {},
  refusal: null,
  refuseRender: () => null,
  charge: () => {},
};

/** The limits of a request. */
export interface RequestLimits {
  readonly requests: readonly SubjectLimit[];
  readonly rendering: readonly SubjectLimit[];
}

/** Returns the allowance of a request, and counts the request if it is not refused. */
export function takeRequest({ requests, rendering }: RequestLimits): Allowance {
  const limits = [...requests, ...rendering];
  if (limits.length === 0) return UNLIMITED;
  const reached = requests.find(isReached);
  if (!reached) for (const limit of requests) count(limit, 1);
  return {
    headers: {
      "ratelimit-policy": limits.map(({ policy }) => policy).join(", "),
      ratelimit: limits.map(stateOf).join(", "),
    },
    refusal: reached ? refusalFor(reached) : null,
    refuseRender() {
      const full = rendering.find(isReached);
      return full ? refusalFor(full) : null;
    },
    charge(milliseconds) {
      for (const limit of rendering) count(limit, milliseconds);
    },
  };
}
