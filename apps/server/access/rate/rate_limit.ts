import { Refusal } from "../../http/refusal.ts";
import type { Rate, TokenBuckets } from "./token_buckets.ts";

/** A limit with the buckets of its subjects, such as of all keys. */
export interface RateLimit {
  readonly subject: "address" | "key" | "tenant";
  readonly unit: "look-ups" | "rendering" | "requests";
  readonly buckets: TokenBuckets;
  /** The rate as the operator has set it, for all processes. */
  readonly perMinute: number;
  /** The share of this process. */
  readonly rate: Rate;
  /** Its name in the fields. */
  readonly name: string;
  /** Its item of `RateLimit-Policy`. */
  readonly policy: string;
}

/** A limit for one of its subjects. */
export interface SubjectLimit {
  readonly limit: RateLimit;
  /** Identifies the bucket of the subject. */
  readonly key: string;
}

/** The part of a token by which rounding may be wrong. */
const TOLERANCE = 1e-3;

/** Returns a limit. @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function createRateLimit(limit: Omit<RateLimit, "name" | "policy">): RateLimit {
  const { rate, subject, unit } = limit;
  const { capacity, perMillisecond } = rate;
  const isOfRequests = unit === "requests";
  const name = isOfRequests ? subject : `${subject}-rendering`;
  const seconds = Math.max(1, Math.round(capacity / perMillisecond / 1000));
  const quota = `"${name}";q=${whole(capacity)};w=${seconds}`;
  return { ...limit, name, policy: isOfRequests ? quota : `${quota};qu="render-milliseconds"` };
}

/** Returns the tokens that are left; negative if more were taken than there were. */
export function levelOf({ limit, key }: SubjectLimit): number {
  return limit.buckets.level(key, limit.rate);
}

/** Counts requests, or milliseconds of rendering. Returns the tokens that are left. */
export function count({ limit, key }: SubjectLimit, tokens: number): number {
  return limit.buckets.take(key, tokens, limit.rate);
}

/** Whether a limit is reached at a level. */
export function isReached(level: number): boolean {
  return whole(level) < 1;
}

/** Returns the item of `RateLimit`: the tokens that are left, and the seconds until the bucket is full or, if none is left, has one. */
export function stateOf({ name, rate }: RateLimit, level: number): string {
  const remaining = Math.max(0, whole(level));
  const awaited = remaining > 0 ? rate.capacity : 1;
  return `"${name}";r=${remaining};t=${secondsUntil(awaited, level, rate)}`;
}

/** Returns the refusal for a limit that is reached. */
export function refusalFor({ perMinute, rate, subject, unit }: RateLimit, level: number): Refusal {
  const retryAfter = Math.max(1, secondsUntil(1, level, rate));
  const burst = whole(rate.capacity);
  const may = {
    "look-ups": `Cannot answer now as this ${subject} may try ${perMinute} unknown keys or hosts a minute, ${burst} of them at once`,
    rendering: `Cannot render now as this ${subject} may use ${perMinute} ms of rendering a minute, ${burst} ms of them at once`,
    requests: `Cannot answer now as this ${subject} may send ${perMinute} requests a minute, ${burst} of them at once`,
  }[unit];
  const message = `${may}: try again in ${retryAfter} s`;
  return new Refusal("rate_limited", message, { details: { limit: burst, retryAfter } });
}

/** Returns the whole seconds until a bucket has so many tokens. */
function secondsUntil(tokens: number, level: number, { perMillisecond }: Rate): number {
  return Math.max(0, Math.ceil((tokens - TOLERANCE - level) / perMillisecond / 1000));
}

/** Returns the whole tokens at a level. */
function whole(level: number): number {
  return Math.floor(level + TOLERANCE);
}
