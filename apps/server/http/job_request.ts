import {
  JOB_PRIORITIES,
  type JobAttributes,
  type JobDelivery,
  type JobOutput,
  type JobPriority,
  type JobRequest,
  type Ports,
  ProgImageError,
  readSharedAttributes,
} from "@progimage/core";
import { markDeprecated } from "./deprecation.ts";
import { renameExpires } from "./expires_alias.ts";
import { readJobSources } from "./job_sources.ts";
import { readOutputs } from "./render_request.ts";
import { findStepImage } from "./step_images.ts";

type Readers = Pick<Ports, "limits" | "now" | "presets" | "transforms">;

const FIELDS = ["sources", "outputs", "deliver", "priority", "webhook", "attributes", "lifetime"] as const;

const DELIVERIES = ["images", "derivatives", "archive"] as const;

/** How long a job may stay after its end, in seconds. */
const MAX_LIFETIME_SECONDS = 90 * 86_400;

/**
 * Reads what a job shall do. Outputs are spelt as those of `POST /render`; without any, what lies elsewhere is stored as it is.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_transform`
 */
export function readJobRequest(
  readers: Readers,
  request: Request,
  json: Readonly<Record<string, unknown>>,
): JobRequest {
  const unknown = Object.keys(json).find((name) => !FIELDS.some((known) => known === name));
  if (unknown !== undefined)
    throw invalid(unknown, `there is no field of this name, only ${FIELDS.join(", ")}`, FIELDS);
  const { sources, outputs, deliver, priority, webhook, attributes, lifetime } = json;
  return {
    sources: readJobSources(sources, readers.limits.metadataKeys),
    outputs: outputs === undefined ? [] : readJobOutputs(readers, request, outputs),
    deliver: readDelivery(deliver ?? "images"),
    priority: readPriority(priority ?? "normal"),
    webhook: readWebhook(webhook ?? null),
    attributes: readJobAttributes(request, attributes ?? {}, readers.now()),
    ...(lifetime !== undefined && { lifetime: readLifetime(lifetime) }),
  };
}

function readJobOutputs(readers: Readers, request: Request, json: unknown): readonly JobOutput[] {
  const outputs = readOutputs({ ...readers, onDeprecated: () => markDeprecated(request) }, json);
  for (const { steps } of outputs) {
    const part = findStepImage(steps, readers.transforms, ["part"]);
    if (part !== undefined)
      throw invalid(part, "no files come with a job: it must be the id of an image, or a URL");
  }
  return outputs;
}

function readDelivery(json: unknown): JobDelivery {
  const word = DELIVERIES.find((known) => known === json);
  if (word) return word;
  const { prefix, ...rest } = isObject(json) ? json : {};
  if (typeof prefix === "string" && Object.keys(rest).length === 0) return { prefix };
  throw invalid(
    "deliver",
    `it must be one of ${DELIVERIES.join(", ")}, or an object with a prefix`,
    DELIVERIES,
  );
}

function readPriority(json: unknown): JobPriority {
  const priority = JOB_PRIORITIES.find((known) => known === json);
  if (priority) return priority;
  throw invalid("priority", `it must be one of ${JOB_PRIORITIES.join(", ")}`, JOB_PRIORITIES);
}

function readWebhook(json: unknown): string | null {
  if (json === null || typeof json === "string") return json;
  throw invalid("webhook", "it must be an http or https URL");
}

function readJobAttributes(request: Request, json: unknown, now: number): JobAttributes {
  const path = "attributes";
  return readSharedAttributes(isObject(json) ? renameExpires(request, json, path) : json, { now, path });
}

function readLifetime(json: unknown): number {
  if (typeof json === "number" && Number.isInteger(json) && json > 0 && json <= MAX_LIFETIME_SECONDS)
    return json * 1000;
  throw invalid("lifetime", `it must be a whole number of seconds from 1 to ${MAX_LIFETIME_SECONDS}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  const name = parameter.slice(0, 64);
  return new ProgImageError("invalid_parameter", `Cannot read ${JSON.stringify(name)}: ${reason}`, {
    details: { parameter: name, known },
  });
}
