import { Refusal } from "../../http/refusal.ts";
import type { Rate, TokenBuckets } from "./token_buckets.ts";

/** A limit with the buckets of its subjects, such as of all keys. */
export interface RateLimit {
  readonly subject: "address" | "key" | "tenant";
  readonly unit: "rendering" | "requests";
  readonly buckets: TokenBuckets;
  readonly rate: Rate;
  /** Its item of `RateLimit-Policy`. */
  readonly policy: string;
}

/** A limit for one of its subjects. */
export interface SubjectLimit extends RateLimit {
  /** Identifies the bucket of the subject. */
  readonly key: string;
}

/** Returns a limit. @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function createRateLimit(limit: Omit<RateLimit, "policy">): RateLimit {
  const { capacity, perMillisecond } = limit.rate;
  const seconds = Math.max(1, Math.round(capacity / perMillisecond / 1000));
  const unit = limit.unit === "requests" ? "" : ';qu="render-milliseconds"';
  return { ...limit, policy: `"${nameOf(limit)}";q=${Math.floor(capacity)};w=${seconds}${unit}` };
}

/** Returns the item of `RateLimit`: the tokens that remain, and the seconds until the bucket is full or, if none remains, has one. */
export function stateOf(limit: SubjectLimit): string {
  const level = levelOf(limit);
  const remaining = Math.max(0, Math.floor(level));
  const awaited = remaining > 0 ? limit.rate.capacity : 1;
  return `"${nameOf(limit)}";r=${remaining};t=${secondsUntil(awaited, level, limit.rate)}`;
}

/** Whether a limit is reached. */
export function isReached(limit: SubjectLimit): boolean {
  return levelOf(limit) < 1;
}

/** Counts requests, or milliseconds of rendering. */
export function count({ buckets, key, rate }: SubjectLimit, tokens: number): void {
  buckets.take(key, tokens, rate);
}

/** Returns the refusal for a limit that is reached. */
export function refusalFor(limit: SubjectLimit): Refusal {
  const { subject, unit, rate } = limit;
  const { capacity, perMillisecond } = rate;
  const retryAfter = Math.max(1, secondsUntil(1, levelOf(limit), rate));
  const perMinute = Math.floor(perMillisecond * 60_000);
  const burst = Math.floor(capacity);
  const may =
    unit === "requests"
      ? `Cannot answer now as this ${subject} may send ${perMinute} requests a minute, ${burst} of them at once`
      : `Cannot render now as this ${subject} may use ${perMinute} ms of rendering a minute, ${burst} ms of them at once`;
  const message = `${may}: try again in ${retryAfter} s`;
  return new Refusal("rate_limited", message, { details: { limit: burst, retryAfter } });
}

function levelOf({ buckets, key, rate }: SubjectLimit): number {
  return buckets.level(key, rate);
}

/** Returns the whole seconds until a bucket has so many tokens. */
function secondsUntil(tokens: number, level: number, { perMillisecond }: Rate): number {
  return Math.max(0, Math.ceil((tokens - level) / perMillisecond / 1000));
}

function nameOf({ subject, unit }: Pick<RateLimit, "subject" | "unit">): string {
  return unit === "requests" ? subject : `${subject}-rendering`;
}
