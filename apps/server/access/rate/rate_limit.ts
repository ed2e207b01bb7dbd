import { Refusal } from "../../http/refusal.ts";
import type { TokenBuckets } from "./token_buckets.ts";

/** A limit with the buckets of its subjects, such as of all keys. */
export interface RateLimit {
  readonly subject: "address" | "key" | "tenant";
  readonly unit: "rendering" | "requests";
  readonly buckets: TokenBuckets;
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
  const { capacity, perMillisecond } = limit.buckets.rate;
  const seconds = Math.max(1, Math.round(capacity / perMillisecond / 1000));
  const unit = limit.unit === "requests" ? "" : ';qu="render-milliseconds"';
  return { ...limit, policy: `"${nameOf(limit)}";q=${Math.floor(capacity)};w=${seconds}${unit}` };
}

/** Returns the item of `RateLimit`: the tokens that remain, and the seconds until the bucket is full or, if none remains, has one. */
export function stateOf(limit: SubjectLimit): string {
  const { buckets, key } = limit;
  const remaining = Math.max(0, Math.floor(buckets.level(key)));
  const awaited = remaining > 0 ? buckets.rate.capacity : 1;
  const seconds = Math.ceil(buckets.untilLevel(key, awaited) / 1000);
  return `"${nameOf(limit)}";r=${remaining};t=${seconds}`;
}

/** Whether a limit is reached. */
export function isReached({ buckets, key }: SubjectLimit): boolean {
  return buckets.level(key) < 1;
}

/** Returns the refusal for a limit that is reached. */
export function refusalFor({ subject, unit, buckets, key }: SubjectLimit): Refusal {
  const { capacity, perMillisecond } = buckets.rate;
  const retryAfter = Math.max(1, Math.ceil(buckets.untilLevel(key, 1) / 1000));
  const perMinute = Math.floor(perMillisecond * 60_000);
  const burst = Math.floor(capacity);
  const may =
    unit === "requests"
      ? `Cannot answer now as this ${subject} may send ${perMinute} requests a minute, ${burst} of them at once`
      : `Cannot render now as this ${subject} may use ${perMinute} ms of rendering a minute, ${burst} ms of them at once`;
  const message = `${may}: try again in ${retryAfter} s`;
  return new Refusal("rate_limited", message, { details: { limit: burst, retryAfter } });
}

function nameOf({ subject, unit }: Pick<RateLimit, "subject" | "unit">): string {
  return unit === "requests" ? subject : `${subject}-rendering`;
}
