import {
  JOB_PRIORITIES,
  type JobPriority,
  type JobRequest,
  ProgImageError,
  readAttributes,
} from "@progimage/core";
import { expiryTime } from "./upload_fields.ts";

const FIELDS = ["prefix", "all", "onlyNew", "tags", "metadata", "expires", "priority", "webhook"] as const;

/**
 * Reads which of the operator's files shall be stored: those below a `prefix`, or `all` of them. Without either nothing is meant: a
 * prefix that is empty by mistake must not be about everything.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readImportRequest(json: Readonly<Record<string, unknown>>, now: number): JobRequest {
  const unknown = Object.keys(json).find((name) => !FIELDS.some((known) => known === name));
  if (unknown !== undefined)
    throw invalid(unknown, `there is no field of this name, only ${FIELDS.join(", ")}`, FIELDS);
  const { tags, metadata, expires, onlyNew = false, priority = "normal", webhook = null } = json;
  if (typeof onlyNew !== "boolean") throw invalid("onlyNew", "it must be true or false");
  if (webhook !== null && typeof webhook !== "string")
    throw invalid("webhook", "it must be an http or https URL");
  const expiresAt =
    typeof expires === "string" || typeof expires === "number" ? expiryTime(String(expires), now) : expires;
  return {
    sources: { files: readPrefix(json), onlyNew },
    outputs: [],
    deliver: "images",
    priority: readPriority(priority),
    webhook,
    attributes: readAttributes({ tags, metadata, expiresAt }),
  };
}

function readPrefix({ prefix, all }: Readonly<Record<string, unknown>>): string {
  if (all !== undefined && all !== true) throw invalid("all", "it must be true where it is there");
  if (all && prefix !== undefined) throw invalid("all", "it stands for itself: there is a prefix as well");
  if (all) return "";
  if (typeof prefix === "string" && prefix !== "") return prefix;
  throw invalid(
    "prefix",
    'it must be what the names of files begin with; all of them are meant by "all": true',
  );
}

function readPriority(json: unknown): JobPriority {
  const priority = JOB_PRIORITIES.find((known) => known === json);
  if (priority) return priority;
  throw invalid("priority", `it must be one of ${JOB_PRIORITIES.join(", ")}`, JOB_PRIORITIES);
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  const name = parameter.slice(0, 64);
  return new ProgImageError(
    "invalid_parameter",
    `Cannot import because of ${JSON.stringify(name)}: ${reason}`,
    {
      details: { parameter: name, known },
    },
  );
}
