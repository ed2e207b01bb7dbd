import type { BucketAbility, BucketFailure, BucketFault } from "@progimage/core/adapters";
import { explainFailure } from "../program/explain_bucket.ts";
import type { Notice } from "./notices.ts";

/** The verbs for failing abilities in a notice. */
const VERBS: Readonly<Record<BucketAbility, string>> = {
  read: "read from",
  write: "write to",
  remove: "remove from",
  list: "list",
};

interface Effect {
  readonly code: string;
  readonly effect: string;
  /** The right that the access key needs. */
  readonly right: string;
}

/** The effect of each failing ability. The first one gives the notice its code. */
const EFFECTS: Readonly<Record<BucketAbility, Effect>> = {
  read: {
    code: "bucket_unreadable",
    effect: "Originals, and renders that are not on this machine, answer 503",
    right: "s3:GetObject",
  },
  write: {
    code: "bucket_read_only",
    effect: "Uploads answer 503; images are still given and rendered",
    right: "s3:PutObject",
  },
  remove: {
    code: "bucket_unremovable",
    effect: "The bytes of erased and deleted images stay",
    right: "s3:DeleteObject",
  },
  list: { code: "bucket_unlistable", effect: "Nothing is swept or checked", right: "s3:ListBucket" },
};

/** Returns the notice about a failing bucket: which operations fail, why, and the remedy. It names settings, not their values. */
export function bucketNotice({ failing }: BucketFault): Notice {
  const [first] = failing;
  if (!first) return SLOW;
  const [ability, failure] = first;
  const isAway = failure.isOutage && failing.size === Object.keys(VERBS).length;
  const { code, effect } = EFFECTS[ability];
  const verbs = [...failing.keys()].map((each) => VERBS[each]).join(", ");
  return {
    code: isAway ? "bucket_unreachable" : code,
    detail: `Cannot ${verbs} the bucket PROGIMAGE_S3_BUCKET: ${failure.message}. ${effect}. ${remedyOf([...failing.keys()], failure)}`,
  };
}

const SLOW: Notice = {
  code: "bucket_slow",
  detail:
    "S3 takes more than a second to begin an answer. What is not in memory or on the disk is given late. Look at the service at PROGIMAGE_S3_ENDPOINT and the way to it",
};

function remedyOf(abilities: readonly BucketAbility[], failure: BucketFailure): string {
  const explanation = explainFailure(failure);
  if (explanation) return `Perhaps S3 fails as ${explanation.reason}: ${explanation.remedy}`;
  if (failure.isOutage) return "Look at the service at PROGIMAGE_S3_ENDPOINT and the way to it";
  const rights = abilities.map((ability) => EFFECTS[ability].right).join(", ");
  return `Give PROGIMAGE_S3_ACCESS_KEY_ID these rights: ${rights}`;
}
