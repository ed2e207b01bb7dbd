import { Type } from "@sinclair/typebox";
import { anyShape, choiceShape, jsonObjectShape, objectShape, optionalProperties } from "../shape/shape.ts";
import { JOB_PRIORITIES } from "./job.ts";

/** How long a job may stay after its end, in seconds. */
const MAX_KEEP_SECONDS = 90 * 86_400;

const MAX_METADATA_BYTES = 16_384;

/** What may be said of every job, whatever it does. */
const COMMON = {
  select: anyShape(),
  attributes: anyShape(),
  priority: { ...choiceShape(JOB_PRIORITIES), default: "normal", description: "Which job goes first" },
  webhook: Type.String({ description: "An http or https URL that hears of its end, by a signed POST" }),
  label: Type.String({
    format: "line",
    minLength: 1,
    maxLength: 255,
    description: "What its caller calls the job",
  }),
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

/** A job as callers write it, but for what has readers of its own: `select`, `outputs` and `attributes`. */
export const JOB_SHAPE = objectShape(
  optionalProperties({
    ...COMMON,
    outputs: anyShape(),
    deliver: Type.Union([
      Type.Literal("images"),
      Type.Literal("derivatives"),
      Type.Literal("archive"),
      objectShape({ exchange: objectShape({ prefix: Type.String() }) }),
    ]),
  }),
);

/** An import as callers write it: a job without outputs, about files of the exchange. */
export const IMPORT_SHAPE = objectShape(
  optionalProperties({
    ...COMMON,
    onlyNew: Type.Boolean({ default: false, description: "Leave out files whose bytes are stored already" }),
  }),
);
