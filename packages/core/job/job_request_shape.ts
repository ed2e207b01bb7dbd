import { Type } from "@sinclair/typebox";
import { SHARED_ATTRIBUTES_SHAPE } from "../image/image_attributes.ts";
import { shownSelection } from "../image/selection.ts";
import {
  choiceShape,
  describedShape,
  jsonObjectShape,
  namedShape,
  nullableShape,
  objectShape,
  optionalProperties,
  shownShape,
} from "../shape/shape.ts";
import { OUTPUT_REQUEST_SHAPE } from "../transform/recipe/recipe_shape.ts";
import { JOB_PRIORITIES } from "./job.ts";

/** The longest time that a job may be kept after its end, in seconds. */
const MAX_KEEP_SECONDS = 90 * 86_400;

const MAX_METADATA_BYTES = 16_384;

const PRIORITY = describedShape(choiceShape(JOB_PRIORITIES), "Which job goes first");

/** The priority of a job in the API. */
export const PRIORITY_SHAPE = namedShape("JobPriority", PRIORITY);

const DELIVERY = describedShape(
  Type.Union([
    Type.Literal("images"),
    Type.Literal("derivatives"),
    Type.Literal("archive"),
    objectShape({
      exchange: objectShape({
        prefix: Type.String({ description: "The prefix of the names of the files" }),
      }),
    }),
  ]),
  "The use of the results: new images, kept derivatives, a zip for later, or files in the operator's exchange",
);

/** The delivery of a job's results in the API. */
export const DELIVERY_SHAPE = namedShape("JobDelivery", DELIVERY);

/** The members that every job request has. */
const COMMON = {
  attributes: shownShape(SHARED_ATTRIBUTES_SHAPE),
  priority: { ...PRIORITY, default: "normal" },
  webhook: describedShape(
    nullableShape(Type.String()),
    "An http or https URL that hears of its end, by a signed POST",
  ),
  label: {
    ...nullableShape(Type.String({ format: "line", minLength: 1, maxLength: 255 })),
    description: "The caller's own name of the job",
  },
  metadata: {
    ...jsonObjectShape({ maxBytes: MAX_METADATA_BYTES }),
    description: `A JSON object that is kept with the job and given back, of at most ${MAX_METADATA_BYTES} bytes`,
  },
  keepSeconds: Type.Integer({
    minimum: 1,
    maximum: MAX_KEEP_SECONDS,
    default: 604_800,
    description: "Seconds that the job stays after its end",
  }),
};

/** The kinds of selections for jobs and imports. */
export const JOB_SELECTION_KINDS = ["ids", "urls", "filter", "exchange", "all"] as const;
export const IMPORT_SELECTION_KINDS = ["exchange"] as const;

/** A job request. `select`, `outputs` and `attributes` are parsed separately. */
export const JOB_REQUEST_SHAPE = namedShape(
  "JobRequest",
  objectShape({
    select: shownSelection("JobSelection", JOB_SELECTION_KINDS),
    ...optionalProperties({
      ...COMMON,
      outputs: shownShape(Type.Array(OUTPUT_REQUEST_SHAPE)),
      deliver: describedShape(DELIVERY, `${DELIVERY.description}. Required if there are outputs`),
    }),
  }),
);

/** An import request: a job without outputs whose sources are files of the exchange. */
export const IMPORT_REQUEST_SHAPE = namedShape(
  "ImportRequest",
  objectShape({
    select: shownSelection("ExchangeSelection", IMPORT_SELECTION_KINDS),
    ...optionalProperties({
      ...COMMON,
      onlyNew: Type.Boolean({
        default: false,
        description: "Leave out files whose bytes are stored already",
      }),
    }),
  }),
);
