import { Type } from "@sinclair/typebox";
import { SHARED_ATTRIBUTES_SHAPE } from "../image/image_attributes.ts";
import { pageOf } from "../shape/page_shape.ts";
import { JOB_PROBLEM_SHAPE } from "../shape/problem_shape.ts";
import {
  answerShape,
  choiceShape,
  describedShape,
  jsonObjectShape,
  namedShape,
  nullableShape,
} from "../shape/shape.ts";
import { SOURCE_FORMATS } from "../transform/output/formats.ts";
import { READ_RECIPE_PROPERTIES } from "../transform/recipe/recipe_shape.ts";
import { JOB_STATUSES, WEBHOOK_STATUSES } from "./job.ts";
import { JOB_ITEM_STATUSES } from "./job_item.ts";
import { DELIVERY_SHAPE, JOB_REQUEST_SHAPE, PRIORITY_SHAPE } from "./job_request_shape.ts";

const TEXT = Type.String();
const WHOLE = Type.Integer();
const TIME = Type.String({ format: "date-time" });
const TIME_OR_NULL = nullableShape(TIME);
const LINK = Type.String({ format: "uri-reference" });

const COUNTS_SHAPE = answerShape("JobCounts", {
  total: describedShape(nullableShape(WHOLE), "Items; null until all are known"),
  succeeded: WHOLE,
  failed: WHOLE,
  cancelled: describedShape(WHOLE, "Items that had not had their turn when the job ended"),
});

const OUTPUT_SHAPE = answerShape(
  "JobOutput",
  { name: nullableShape(TEXT), ...READ_RECIPE_PROPERTIES },
  { description: "One result that a job makes of each image" },
);

const WEBHOOK_DELIVERY_SHAPE = answerShape("WebhookDelivery", {
  status: describedShape(choiceShape(WEBHOOK_STATUSES), "pending is tried again, failed is not"),
  attempts: WHOLE,
  lastStatus: describedShape(
    nullableShape(WHOLE),
    "The status of the last answer; null if there was no answer",
  ),
  lastAttemptAt: TIME_OR_NULL,
});

const { expiresIn: _, ...attributes } = SHARED_ATTRIBUTES_SHAPE.properties;

const ATTRIBUTES_SHAPE = answerShape("JobAttributes", attributes, {
  description: "The attributes of the images that a job stores",
});

const { label, metadata, keepSeconds } = JOB_REQUEST_SHAPE.properties;

/** A job as the API returns it: the normalized request, and its progress. Members may be added but never changed. */
export const JOB_SHAPE = answerShape(
  "Job",
  {
    id: Type.String({ format: "uuid" }),
    label,
    metadata: describedShape(jsonObjectShape(), metadata.description ?? ""),
    status: describedShape(
      namedShape("JobStatus", choiceShape(JOB_STATUSES)),
      "failed means all items, or the job itself: problem says why",
    ),
    counts: COUNTS_SHAPE,
    attempt: describedShape(WHOLE, "1, raised each time what failed is tried again"),
    select: describedShape(
      nullableShape(jsonObjectShape()),
      "As it was asked, but for ids and urls, which are null: they are in the items. null for files that were sent along",
    ),
    onlyNew: Type.Optional(Type.Boolean()),
    outputs: Type.Array(OUTPUT_SHAPE),
    deliver: DELIVERY_SHAPE,
    attributes: ATTRIBUTES_SHAPE,
    priority: PRIORITY_SHAPE,
    webhook: describedShape(nullableShape(LINK), "Without its user, password and query"),
    webhookDelivery: describedShape(
      nullableShape(WEBHOOK_DELIVERY_SHAPE),
      "How the webhook was told of the end; null before that, and without one",
    ),
    keepSeconds: describedShape(WHOLE, keepSeconds.description ?? ""),
    createdAt: TIME,
    startedAt: TIME_OR_NULL,
    finishedAt: TIME_OR_NULL,
    expiresAt: describedShape(TIME_OR_NULL, "From then on it is not found; null until it has ended"),
    problem: describedShape(nullableShape(JOB_PROBLEM_SHAPE), "Why the job itself failed"),
    href: LINK,
    itemsHref: LINK,
    eventsHref: LINK,
    resultsHref: LINK,
  },
  { description: "Many renders in the background. Times are ISO 8601" },
);

/** A page of jobs. */
export const JOB_PAGE_SHAPE = pageOf("JobPage", JOB_SHAPE);

const ITEM_SOURCE_SHAPE = answerShape("JobItemSource", {
  id: Type.Optional(describedShape(TEXT, "The id of an image")),
  url: Type.Optional(TEXT),
  exchange: Type.Optional(describedShape(TEXT, "The name of a file in the exchange")),
  entry: Type.Optional(describedShape(TEXT, "The name of a file in the archive that was uploaded")),
  upload: Type.Optional(describedShape(TEXT, "The name of a file that was uploaded")),
});

const RESULT_SHAPE = answerShape(
  "JobResult",
  {
    output: describedShape(WHOLE, "The index of the job's output"),
    name: nullableShape(TEXT),
    format: choiceShape(SOURCE_FORMATS),
    bytes: WHOLE,
    imageId: Type.Optional(Type.String({ format: "uuid", description: "The image that was stored" })),
    exchange: Type.Optional(describedShape(TEXT, "The name of the file in the exchange that was written")),
    href: describedShape(nullableShape(LINK), "Where it is; null where it has no address"),
  },
  { description: "One result of an item" },
);

/** An item of a job as the API shows it. */
export const JOB_ITEM_SHAPE = answerShape(
  "JobItem",
  {
    index: describedShape(WHOLE, "Counted from 0, in the order of the sources"),
    source: ITEM_SOURCE_SHAPE,
    status: namedShape("JobItemStatus", choiceShape(JOB_ITEM_STATUSES)),
    results: Type.Array(RESULT_SHAPE),
    problem: nullableShape(JOB_PROBLEM_SHAPE),
  },
  { description: "One image of a job" },
);

/** A page of the items of a job. */
export const JOB_ITEM_PAGE_SHAPE = pageOf("JobItemPage", JOB_ITEM_SHAPE);
