import { ProgImageError } from "../error.ts";
import { isOtherLength } from "../object/object_store.ts";

/** Seconds after which another try makes sense. */
const RETRY_AFTER_SECONDS = 5;

/** An answer of S3 that is not the one that was asked for. */
export class BucketRefusal extends Error {
  override readonly name = "BucketRefusal";
  readonly status: number;
  /** What S3 calls it, such as `NoSuchBucket`; empty where it does not say. */
  readonly code: string;
  /** By how many milliseconds the clock of this machine is ahead of that of S3; `null` if the answer has no date. */
  readonly lead: number | null;

  constructor(status: number, code: string, lead: number | null = null) {
    super(`S3 answers ${status}${code ? ` ${code}` : ""}`);
    this.status = status;
    this.code = code;
    this.lead = lead;
  }

  /** A part was asked for that the object does not have. */
  get isOtherLength(): boolean {
    return this.status === 416;
  }

  /** The service is at fault, not the request. */
  get isOutage(): boolean {
    return this.status >= 500;
  }

  /** Another try may give another answer. */
  get isPassing(): boolean {
    return (
      this.status === 429 || (this.status >= 500 && this.status !== 501) || this.code === "RequestTimeout"
    );
  }
}

/** S3 cannot be reached, or not in time, or its bytes do not come as they should: no answer that means anything. */
export class BucketOutage extends Error {
  override readonly name = "BucketOutage";
  readonly isOutage = true;
  /** What the connection failed by, such as `ECONNREFUSED`; empty where that is not known. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}

/** Why S3 has not done what it was asked for. */
export type BucketFailure = BucketOutage | BucketRefusal;

/** S3 has another object than was asked for: one of another length. */
export class BucketMismatch extends BucketOutage {
  override readonly name = "BucketOutage";
  readonly isOtherLength = true;
}

/** Reads why S3 refuses. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export async function readRefusal(response: Response): Promise<BucketRefusal> {
  const text = await response.text().catch(() => "");
  const [, code = ""] = /<Code>(\w{1,64})<\/Code>/.exec(text) ?? [];
  const date = Date.parse(response.headers.get("date") ?? "");
  return new BucketRefusal(response.status, code, Number.isNaN(date) ? null : Date.now() - date);
}

/** Gives what went wrong with a fetch. Its own error names the whole URL, which is as good as a key. */
export function outageOf(error: unknown): BucketOutage {
  if (error instanceof BucketOutage) return error;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const known = typeof code === "string" ? code : "";
  return new BucketOutage(`The request to S3 failed: ${known || String(name)}`, known);
}

/** Returns the failure of S3 behind an error; `null` if there is none, or only one object is at fault. */
export function failureBehind(error: unknown): BucketFailure | null {
  const { cause = error } = error as { readonly cause?: unknown };
  if (isOtherLength(error) || !(cause instanceof BucketOutage || cause instanceof BucketRefusal)) return null;
  return cause;
}

/** Gives the error that callers see. */
export function bucketUnavailable(cause: BucketFailure): ProgImageError {
  const message = "Cannot reach stored bytes as their store does not answer as it must: try again";
  return new ProgImageError("unavailable", message, {
    cause,
    details: { retryAfter: RETRY_AFTER_SECONDS },
  });
}
