import {
  JOB_PRIORITIES,
  type JobPriority,
  type JobRequest,
  ProgImageError,
  readSharedAttributes,
} from "@progimage/core";
import { renameExpires } from "./expires_alias.ts";

/** Fields besides those of attributes. */
const FIELDS = ["prefix", "all", "onlyNew", "priority", "webhook"] as const;

/**
 * Reads which of the operator's files shall be stored: those below a `prefix`, or `all` of them. Without either nothing is meant: a
 * prefix that is empty by mistake must not be about everything.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readImportRequest(
  request: Request,
  json: Readonly<Record<string, unknown>>,
  now: number,
): JobRequest {
  const { prefix, all, onlyNew = false, priority = "normal", webhook = null, ...attributes } = json;
  if (typeof onlyNew !== "boolean") throw invalid("onlyNew", "it must be true or false");
  if (webhook !== null && typeof webhook !== "string")
    throw invalid("webhook", "it must be an http or https URL");
  const said = readSharedAttributes(renameExpires(request, attributes, ""), { now, beside: FIELDS });
  return {
    sources: { files: readPrefix({ prefix, all }), onlyNew },
    outputs: [],
    deliver: "images",
    priority: readPriority(priority),
    webhook,
    attributes: said,
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
