import { Bucket, BucketRefusal } from "@progimage/core/adapters";
import { type Config, ConfigError } from "./config.ts";
import { differenceText } from "./difference_text.ts";

type BucketConfig = Pick<
  Config,
  "s3AccessKeyId" | "s3AtATime" | "s3Bucket" | "s3Endpoint" | "s3Prefix" | "s3Region" | "s3SecretAccessKey"
>;

/** What S3 refuses by, and the settings that may be at fault. */
const FAULTS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "S3 does not know PROGIMAGE_S3_ACCESS_KEY_ID",
  SignatureDoesNotMatch:
    "PROGIMAGE_S3_SECRET_ACCESS_KEY does not belong to PROGIMAGE_S3_ACCESS_KEY_ID, or PROGIMAGE_S3_ENDPOINT or PROGIMAGE_S3_REGION is another",
  NoSuchBucket: "PROGIMAGE_S3_BUCKET does not exist at PROGIMAGE_S3_ENDPOINT",
  AccessDenied: "PROGIMAGE_S3_ACCESS_KEY_ID may not list, write and delete in PROGIMAGE_S3_BUCKET",
};

/** A clock that differs by so much is why S3 refuses, in milliseconds: what is signed is good for 15 minutes. */
const MOST_DIFFERENCE = 14 * 60_000;

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
    if (cause instanceof BucketRefusal && !cause.isPassing) {
      const fault =
        clockFault(cause) ??
        FAULTS[cause.code] ??
        "PROGIMAGE_S3_ENDPOINT is probably not the URL of an S3 service";
      throw new ConfigError(`Cannot use S3 as ${fault}: ${cause.message}`);
    }
    return `PROGIMAGE_S3_ENDPOINT ${config.s3Endpoint} does not answer at the moment: ${(cause as Error | undefined)?.message}`;
  }
}

/** Returns what is wrong with the clock of this machine, or `null`. S3 says of what was signed too long ago that access is denied. */
function clockFault({ code, lead, status }: BucketRefusal): string | null {
  if (status === 403 && lead !== null && Math.abs(lead) > MOST_DIFFERENCE)
    return `the clock of this machine is ${differenceText(lead)} that of S3: synchronise it, for example with chrony or systemd-timesyncd`;
  return code === "RequestTimeTooSkewed" ? "the clock of this machine is wrong" : null;
}
