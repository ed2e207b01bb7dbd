import { Bucket, BucketOutage, BucketRefusal } from "@progimage/core/adapters";
import { type Config, ConfigError } from "./config.ts";
import { explainOutage, explainRefusal } from "./explain_bucket.ts";
import type { Explanation } from "./explain_certificate.ts";

type BucketConfig = Pick<
  Config,
  "s3AccessKeyId" | "s3AtATime" | "s3Bucket" | "s3Endpoint" | "s3Prefix" | "s3Region" | "s3SecretAccessKey"
>;

/** Opens the bucket that a configuration names; `null` if it names none. */
export function openBucket(config: BucketConfig): Bucket | null {
  if (config.s3Endpoint === "") return null;
  return new Bucket({
    endpoint: config.s3Endpoint,
    bucket: config.s3Bucket,
    region: config.s3Region,
    accessKeyId: config.s3AccessKeyId,
    secretAccessKey: config.s3SecretAccessKey,
    atATime: config.s3AtATime,
  });
}

/**
 * Tells wrong settings from an outage, before anything else is started. Gives a warning if the bucket cannot be asked at the moment:
 * the server can start all the same, and serves once it can.
 *
 * @throws {ConfigError} for a bucket that is not there or not ours
 */
export async function checkBucket(config: BucketConfig): Promise<string | null> {
  const bucket = openBucket(config);
  try {
    await bucket?.check({ writeTo: `${config.s3Prefix}check-${crypto.randomUUID()}` });
    return null;
  } catch (error) {
    const { cause } = error as Error;
    const explanation = explain(cause);
    if (explanation) {
      const place = `${config.s3Endpoint}, bucket ${config.s3Bucket}`;
      const { reason, remedy } = explanation;
      throw new ConfigError(
        `Cannot use PROGIMAGE_S3_ENDPOINT, ${place}, as ${reason} (${(cause as Error).message}): ${remedy}`,
      );
    }
    return `PROGIMAGE_S3_ENDPOINT ${config.s3Endpoint} does not answer at the moment: ${(cause as Error | undefined)?.message}`;
  }
}

/** Explains what another start would find again; `null` for what may pass by itself. */
function explain(cause: unknown): Explanation | null {
  if (cause instanceof BucketRefusal) return cause.isPassing ? null : explainRefusal(cause);
  return cause instanceof BucketOutage ? explainOutage(cause) : null;
}
