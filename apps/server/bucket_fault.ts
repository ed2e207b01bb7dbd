import type { BucketRefusal } from "@progimage/core/adapters";
import { differenceText } from "./difference_text.ts";

/** What S3 refuses by, and the settings that may be at fault. */
const FAULTS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "S3 does not know PROGIMAGE_S3_ACCESS_KEY_ID",
  SignatureDoesNotMatch:
    "PROGIMAGE_S3_SECRET_ACCESS_KEY does not belong to PROGIMAGE_S3_ACCESS_KEY_ID, or PROGIMAGE_S3_ENDPOINT or PROGIMAGE_S3_REGION is another",
  NoSuchBucket: "PROGIMAGE_S3_BUCKET does not exist at PROGIMAGE_S3_ENDPOINT",
};

/** A clock that differs by so much is why S3 refuses, in milliseconds: what is signed is good for 15 minutes. */
const MOST_DIFFERENCE = 14 * 60_000;

/** Returns which setting or clock is at fault when S3 refuses; `null` if that is not known. */
export function findBucketFault(refusal: Pick<BucketRefusal, "code" | "lead" | "status">): string | null {
  return clockFault(refusal) ?? FAULTS[refusal.code] ?? null;
}

/** Returns what is wrong with the clock of this machine, or `null`. S3 says of what was signed too long ago that access is denied. */
function clockFault({ code, lead, status }: Pick<BucketRefusal, "code" | "lead" | "status">): string | null {
  if (status === 403 && lead !== null && Math.abs(lead) > MOST_DIFFERENCE)
    return `the clock of this machine is ${differenceText(lead)} that of S3: synchronise it, for example with chrony or systemd-timesyncd`;
  return code === "RequestTimeTooSkewed" ? "the clock of this machine is wrong" : null;
}
