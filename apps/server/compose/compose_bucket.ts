import {
  Bucket,
  type BucketOptions,
  BucketOutage,
  BucketRefusal,
  type BucketFault,
  BucketWatch,
  type BucketWatchOptions,
  ObjectStoreMark,
  standardCredentials,
} from "@progimage/core/adapters";
import { bucketNotice } from "./bucket_notice.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { explainOutage, explainRefusal } from "../program/explain_bucket.ts";
import type { Explanation } from "../program/explain_certificate.ts";
import type { Logger } from "../program/log.ts";

type BucketConfig = Pick<
  Config,
  | "s3AccessKeyId"
  | "s3AtATime"
  | "s3Bucket"
  | "s3Endpoint"
  | "s3Prefix"
  | "s3Region"
  | "s3SecretAccessKey"
  | "s3SessionToken"
  | "s3StandardCredentials"
>;

/** Concurrent requests of the check of a bucket. Other requests never delay them. */
const PROBES_AT_A_TIME = 8;

/** Opens the bucket of a configuration; `null` if it has none. */
export function openBucket(
  config: BucketConfig,
  options: Pick<BucketOptions, "atATime" | "onFault"> = {},
): Bucket | null {
  if (config.s3Endpoint === "") return null;
  return new Bucket({
    endpoint: config.s3Endpoint,
    bucket: config.s3Bucket,
    region: config.s3Region,
    ...(config.s3StandardCredentials
      ? { credentials: standardCredentials }
      : {
          accessKeyId: config.s3AccessKeyId,
          secretAccessKey: config.s3SecretAccessKey,
          sessionToken: config.s3SessionToken,
        }),
    atATime: config.s3AtATime,
    ...options,
  });
}

/** A bucket, and the watch that detects its faults. */
export interface WatchedBucket {
  readonly bucket: Bucket;
  readonly watch: BucketWatch;
}

/** Opens the bucket of a configuration, and logs its faults: once when one begins and once when it ends. */
export function openWatchedBucket(config: BucketConfig, log: Pick<Logger, "warn">): WatchedBucket | null {
  const prober = openBucket(config, { atATime: PROBES_AT_A_TIME });
  if (!prober) return null;
  const watch = new BucketWatch({
    probes: probesOf(prober, config.s3Prefix),
    onChange: (fault) => logFault(fault, config, log),
  });
  const bucket = openBucket(config, { onFault: watch.see });
  return bucket && { bucket, watch };
}

function probesOf(bucket: Bucket, prefix: string): BucketWatchOptions["probes"] {
  const mark = new ObjectStoreMark(bucket, { prefix });
  // One key for each process: if it cannot be removed, the next check overwrites it.
  const written = `${prefix}check-${crypto.randomUUID()}`;
  return {
    read: () => mark.read(),
    write: async () => {
      await bucket.putText(written, "");
      await bucket.remove(written, "write").catch(() => {}); // the next check reports it
    },
    remove: () => bucket.remove(`${written}-none`, "write"),
    list: () => bucket.check(),
  };
}

function logFault(fault: BucketFault | null, { s3Bucket: bucket }: BucketConfig, log: Pick<Logger, "warn">) {
  if (!fault) return log.warn({ bucket }, "The bucket of S3 works again");
  const { code, detail } = bucketNotice(fault);
  const [failure] = fault.failing.values();
  const refusal = failure instanceof BucketRefusal ? { status: failure.status, s3Code: failure.code } : {};
  log.warn({ code, bucket, fails: [...fault.failing.keys()], ...refusal }, detail);
}

/**
 * Distinguishes wrong settings from an outage, before anything else starts. Returns a warning if the bucket cannot be reached now:
 * the server can start nevertheless, and serves once the bucket answers.
 *
 * @throws {ConfigError} for a fault that another start would meet again, such as a missing bucket or a refused key
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

/** Explains a cause that another start would meet again; `null` for one that may pass by itself. */
function explain(cause: unknown): Explanation | null {
  if (cause instanceof BucketRefusal) return cause.isPassing ? null : explainRefusal(cause);
  return cause instanceof BucketOutage ? explainOutage(cause) : null;
}
