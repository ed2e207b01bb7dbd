import type { Refusal } from "../../http/refusal.ts";
import { count, isReached, levelOf, refusalFor, type SubjectLimit, stateOf } from "./rate_limit.ts";

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
  if (requests.length + rendering.length === 0) return UNLIMITED;
  const before = requests.map(levelOf);
  const refusal = firstRefusal(requests, before);
  const after = refusal ? before : requests.map((each) => count(each, 1));
  const all = [...requests, ...rendering];
  const levels = [...after, ...rendering.map(levelOf)];
  return {
    headers: {
      "ratelimit-policy": all.map(({ limit }) => limit.policy).join(", "),
      ratelimit: all.map(({ limit }, index) => stateOf(limit, levels[index] ?? 0)).join(", "),
    },
    refusal,
    refuseRender: () => firstRefusal(rendering, rendering.map(levelOf)),
    charge: (milliseconds) => {
      for (const each of rendering) count(each, milliseconds);
    },
  };
}

function firstRefusal(limits: readonly SubjectLimit[], levels: readonly number[]): Refusal | null {
  const index = levels.findIndex(isReached);
  const reached = limits[index];
  return reached ? refusalFor(reached.limit, levels[index] ?? 0) : null;
}
