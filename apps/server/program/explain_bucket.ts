import type { BucketFailure, BucketOutage, BucketRefusal } from "@progimage/core/adapters";
import { differenceText } from "./difference_text.ts";
import { explainCertificate, type Explanation } from "./explain_certificate.ts";

/** A larger difference of the clock explains a refusal of S3, in milliseconds: signatures are valid for 15 minutes. */
const MOST_DIFFERENCE = 14 * 60_000;

const OTHER_REGION: Explanation = {
  reason: "its bucket is in another region",
  remedy: "set PROGIMAGE_S3_REGION to that of PROGIMAGE_S3_BUCKET, and PROGIMAGE_S3_ENDPOINT to its URL",
};

/** Explanations of the error codes of S3. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REFUSALS: Readonly<Record<string, Explanation>> = {
  InvalidAccessKeyId: {
    reason: "it does not know the access key",
    remedy: "set PROGIMAGE_S3_ACCESS_KEY_ID and PROGIMAGE_S3_SECRET_ACCESS_KEY to a key of this service",
  },
  SignatureDoesNotMatch: {
    reason: "it finds another signature",
    remedy:
      "set PROGIMAGE_S3_SECRET_ACCESS_KEY to the secret of PROGIMAGE_S3_ACCESS_KEY_ID, and PROGIMAGE_S3_ENDPOINT and PROGIMAGE_S3_REGION as the service names them",
  },
  NoSuchBucket: {
    reason: "it has no such bucket",
    remedy: "create PROGIMAGE_S3_BUCKET, or correct its name",
  },
  InvalidBucketName: {
    reason: "no bucket can have that name",
    remedy: "correct PROGIMAGE_S3_BUCKET",
  },
  AuthorizationHeaderMalformed: OTHER_REGION,
  AuthorizationQueryParametersError: OTHER_REGION,
  IllegalLocationConstraintException: OTHER_REGION,
  PermanentRedirect: OTHER_REGION,
  TemporaryRedirect: OTHER_REGION,
};

const DENIED: Explanation = {
  reason: "it denies access",
  remedy:
    "allow PROGIMAGE_S3_ACCESS_KEY_ID to list, read, write and delete in PROGIMAGE_S3_BUCKET, or correct its name",
};

const NO_SERVICE: Explanation = {
  reason: "it does not answer as S3 does",
  remedy: "correct PROGIMAGE_S3_ENDPOINT, the URL of an S3 service without the bucket",
};

/** Explains a failure of a bucket by a setting, a certificate or the clock; `null` if none of these is the cause. */
export function explainFailure(failure: BucketFailure): Explanation | null {
  if (!("status" in failure)) return explainOutage(failure);
  return clockFault(failure) ?? REFUSALS[failure.code] ?? null;
}

/** Explains a refusal of a bucket at the start of the server. */
export function explainRefusal(refusal: BucketRefusal): Explanation {
  return explainFailure(refusal) ?? (refusal.code === "AccessDenied" ? DENIED : NO_SERVICE);
}

const NO_ROLE: Explanation = {
  reason: "the standard chain of AWS has no keys",
  remedy:
    "give this machine or container a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or unset PROGIMAGE_S3_STANDARD_CREDENTIALS and set PROGIMAGE_S3_ACCESS_KEY_ID and PROGIMAGE_S3_SECRET_ACCESS_KEY",
};

/** Returns the cause and the remedy of an unreachable bucket; `null` if the outage may pass by itself. */
export function explainOutage({ code }: BucketOutage): Explanation | null {
  const certificate = explainCertificate(code);
  if (certificate) return certificate;
  if (code === "NoKeys") return NO_ROLE;
  if (code !== "EPROTO") return null;
  return {
    reason: "it speaks no TLS",
    remedy: "begin PROGIMAGE_S3_ENDPOINT with http://, or correct its port",
  };
}

/** Returns the fault of the clock of this machine, or `null`. S3 answers an expired signature with "access denied". */
function clockFault({ code, lead, status }: BucketRefusal): Explanation | null {
  const isOff = status === 403 && lead !== null && Math.abs(lead) > MOST_DIFFERENCE;
  if (!isOff && code !== "RequestTimeTooSkewed") return null;
  const difference = isOff ? `${differenceText(lead)} that of S3` : "wrong";
  return {
    reason: `the clock of this machine is ${difference}`,
    remedy: "synchronise it, for example with chrony or systemd-timesyncd",
  };
}
