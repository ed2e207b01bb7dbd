import { ProgImageError } from "../error.ts";
import { isOtherLength } from "../object/object_store.ts";

/** Seconds after which a retry makes sense. */
const RETRY_AFTER_SECONDS = 5;

/** An error response of S3. */
export class BucketRefusal extends Error {
  override readonly name = "BucketRefusal";
  readonly status: number;
  /** The error code of S3, such as `NoSuchBucket`; empty if there is none. */
  readonly code: string;
  /** How many milliseconds this machine's clock is ahead of that of S3; `null` if the response has no date. */
  readonly lead: number | null;

  constructor(status: number, code: string, lead: number | null = null) {
    super(`S3 answers ${status}${code ? ` ${code}` : ""}`);
    this.status = status;
    this.code = code;
    this.lead = lead;
  }

  /** Whether the object has no such part. */
  get isOtherLength(): boolean {
    return this.status === 416;
  }

  /** Whether the service is at fault, not the request. */
  get isOutage(): boolean {
    return this.status >= 500;
  }

  /** Whether a retry may succeed. */
  get isPassing(): boolean {
    return (
      this.status === 429 || (this.status >= 500 && this.status !== 501) || this.code === "RequestTimeout"
    );
  }
}

/** S3 cannot be reached, does not respond in time, or sends incomplete or wrong bytes. */
export class BucketOutage extends Error {
  override readonly name = "BucketOutage";
  readonly isOutage = true;
  /** The error code of the connection, such as `ECONNREFUSED`; empty if unknown. */
  readonly code: string;

  constructor(message: string, code = "") {
    super(message);
    this.code = code;
  }
}

/** Why a request to S3 has failed. */
export type BucketFailure = BucketOutage | BucketRefusal;

/** S3 has an object of another length than expected. */
export class BucketMismatch extends BucketOutage {
  override readonly name = "BucketOutage";
  readonly isOtherLength = true;
}

/** Reads an error response of S3. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export async function readRefusal(response: Response): Promise<BucketRefusal> {
  const text = await response.text().catch(() => "");
  const [, code = ""] = /<Code>(\w{1,64})<\/Code>/.exec(text) ?? [];
  const date = Date.parse(response.headers.get("date") ?? "");
  return new BucketRefusal(response.status, code, Number.isNaN(date) ? null : Date.now() - date);
}

/** Returns the failure of a fetch, without the message of the original error. That contains the signed URL, which is as good as a key. */
export function outageOf(error: unknown): BucketOutage {
  if (error instanceof BucketOutage) return error;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const known = typeof code === "string" ? code : "";
  return new BucketOutage(`The request to S3 failed: ${known || String(name)}`, known);
}

/** Returns whether a read has failed because the object has another length than the caller expects. */
export function failureBehind(error: unknown): BucketFailure | null {
  const { cause = error } = error as { readonly cause?: unknown };
  if (isOtherLength(error) || !(cause instanceof BucketOutage || cause instanceof BucketRefusal)) return null;
  return cause;
}

/** Returns the error for callers. */
export function bucketUnavailable(cause: BucketFailure): ProgImageError {
  const message = "Cannot reach stored bytes as their store does not answer as it must: try again";
  return new ProgImageError("unavailable", message, {
    cause,
    details: { retryAfter: RETRY_AFTER_SECONDS },
  });
}
