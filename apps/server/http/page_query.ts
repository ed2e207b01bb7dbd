import { ProgImageError } from "@progimage/core";
import { queryOf } from "./request_target.ts";

/** Which page of a listing is asked for. */
export interface PageQuery<Status> {
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: Status;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

/**
 * Reads which page of a listing is asked for, and of what status where entries have one.
 *
 * @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`
 */
export function readPageQuery<Status extends string>(
  request: Request,
  statuses: readonly Status[] = [],
): PageQuery<Status> {
  const query = new URLSearchParams(queryOf(request));
  const known = [...(statuses.length > 0 ? ["status"] : []), "limit", "cursor"];
  checkNames(query, known);
  const wanted = query.get("status");
  const status = statuses.find((each) => each === wanted);
  if (wanted !== null && !status)
    throw invalid("status", `it must be one of ${statuses.join(", ")}`, statuses);
  return { limit: readLimit(query.get("limit")), cursor: query.get("cursor") ?? undefined, status };
}

/** Refuses a name that is unknown or given twice. @throws {ProgImageError} `unknown_parameter`, `conflicting_parameters` */
export function checkNames(query: URLSearchParams, known: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) throw unknownParameter(name, known);
    if (query.getAll(name).length > 1) throw refused("conflicting_parameters", name, "it must be given once");
  }
}

function unknownParameter(name: string, known: readonly string[]): ProgImageError {
  const reason = `there is no parameter of this name, only ${known.join(", ")}`;
  return refused("unknown_parameter", name, reason, known);
}

/** Reads how many entries a page shall have at most. @throws {ProgImageError} `invalid_parameter` */
export function readLimit(text: string | null | undefined): number {
  const limit = /^\d{1,4}$/.test(text ?? String(DEFAULT_LIMIT)) ? Number(text ?? DEFAULT_LIMIT) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalid("limit", `it must be a whole number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  return refused("invalid_parameter", parameter, reason, known);
}

function refused(
  code: "conflicting_parameters" | "invalid_parameter" | "unknown_parameter",
  parameter: string,
  reason: string,
  known?: readonly string[],
): ProgImageError {
  const name = parameter.slice(0, 64);
  return new ProgImageError(code, `Cannot read parameter ${JSON.stringify(name)}: ${reason}`, {
    details: { parameter: name, known },
  });
}
