import {
  IMPORT_REQUEST_SHAPE,
  IMPORT_SELECTION_KINDS,
  JOB_REQUEST_SHAPE,
  JOB_SELECTION_KINDS,
  type JobAttributes,
  type JobOutput,
  type JobRequest,
  phraseOf,
  type Ports,
  ProgImageError,
  readShape,
  readSharedAttributes,
  selectionReader,
} from "@progimage/core";
import { markDeprecated } from "../answer/deprecation.ts";
import { renameExpires } from "../request/expires_alias.ts";
import { readOutputs } from "../request/render_request.ts";
import { findStepImage } from "../request/step_images.ts";

type Readers = Pick<Ports, "limits" | "now" | "presets" | "transforms">;

/**
 * Reads the JSON body of a request for a job. @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`,
 * `unknown_transform`
 */
export type JobReader = (request: Request, json: Readonly<Record<string, unknown>>) => JobRequest;

/** Returns the reader of jobs. Outputs have the syntax of `POST /render`; without outputs, remote images are stored unchanged. */
export function jobReader(readers: Readers): JobReader {
  const readSelection = selectionReader(JOB_SELECTION_KINDS, readers.limits);
  return (request, json) => {
    const { select, outputs, deliver, ...said } = readShape(JOB_REQUEST_SHAPE, json);
    const read = outputs === undefined ? [] : readJobOutputs(readers, request, outputs);
    if (deliver === undefined && read.length > 0) throw undelivered();
    return {
      ...readCommon(readers, request, said),
      select: readSelection(select),
      outputs: read,
      deliver: deliver ?? "images",
    };
  };
}

/** Returns the reader of imports: jobs that store files of the exchange unchanged. */
export function importReader(readers: Readers): JobReader {
  const readSelection = selectionReader(IMPORT_SELECTION_KINDS, readers.limits);
  return (request, json) => {
    const { select, onlyNew, ...said } = readShape(IMPORT_REQUEST_SHAPE, json);
    return {
      ...readCommon(readers, request, said),
      select: readSelection(select),
      onlyNew,
      outputs: [],
      deliver: "images",
    };
  };
}

/** The members common to all requests for a job. */
interface Said extends Pick<JobRequest, "label" | "metadata" | "priority" | "webhook"> {
  readonly attributes?: unknown;
  readonly keepSeconds?: number;
}

function readCommon(readers: Readers, request: Request, { attributes = {}, keepSeconds, ...said }: Said) {
  return {
    ...said,
    attributes: readJobAttributes(request, attributes, readers.now()),
    ...(keepSeconds !== undefined && { lifetime: keepSeconds * 1000 }),
  };
}

function readJobAttributes(request: Request, json: unknown, now: number): JobAttributes {
  const path = "attributes";
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return readSharedAttributes(isObject ? renameExpires(request, { ...json }, path) : json, { now, path });
}

function readJobOutputs(readers: Readers, request: Request, json: unknown): readonly JobOutput[] {
  const outputs = readOutputs({ ...readers, onDeprecated: () => markDeprecated(request) }, json);
  for (const { steps } of outputs) {
    const part = findStepImage(steps, readers.transforms, ["part"]);
    if (part === undefined) continue;
    const message = `Cannot read ${part}: no files come with a job: it must be the id of an image, or a URL`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: part } });
  }
  return outputs;
}

/** `deliver` is required: if a caller forgot it, as many images would be stored as there are results. */
function undelivered(): ProgImageError {
  const message = `Cannot read deliver as it must be ${phraseOf(JOB_REQUEST_SHAPE.properties.deliver)}: it is missing`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter: "deliver" } });
}
