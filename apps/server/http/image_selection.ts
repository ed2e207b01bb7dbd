import { checkImageFilter, type ImageSelection, ProgImageError, readImageFilter } from "@progimage/core";

/** What the server's configuration says of selections. */
export interface SelectionLimits {
  readonly maxBulkIds: number;
  readonly metadataKeys: readonly string[];
}

const READERS: Readonly<Record<string, (value: unknown, limits: SelectionLimits) => ImageSelection>> = {
  ids: readIds,
  filter: readFilter,
  all: readAll,
};

/** The ways in which a JSON says which images it is about. */
export const SELECTION_NAMES: readonly string[] = Object.keys(READERS);

/**
 * Reads which images a JSON is about: `ids`, a `filter`, or `all`.
 *
 * @throws {ProgImageError} `invalid_request`, also for nothing: that must not be everything; `invalid_parameter`
 */
export function readSelection(
  json: Readonly<Record<string, unknown>>,
  limits: SelectionLimits,
): ImageSelection {
  const names = SELECTION_NAMES.filter((name) => json[name] !== undefined);
  const [name = ""] = names;
  const read = READERS[name];
  if (read && names.length === 1) return read(json[name], limits);
  const message = `Cannot select images as the JSON must have exactly one of ${SELECTION_NAMES.join(", ")}: it has ${names.join(" and ") || "none"}`;
  throw new ProgImageError("invalid_request", message, { details: { known: SELECTION_NAMES } });
}

function readIds(value: unknown, { maxBulkIds: limit }: SelectionLimits): ImageSelection {
  const isList = Array.isArray(value) && value.every((id) => typeof id === "string");
  if (isList && value.length > 0 && value.length <= limit) return { ids: value };
  throw invalid("ids", `a list of 1 to ${limit} ids`);
}

function readAll(value: unknown): ImageSelection {
  if (value === true) return { all: true };
  throw invalid("all", "true");
}

function readFilter(value: unknown, { metadataKeys }: SelectionLimits): ImageSelection {
  const filter = readImageFilter(value, { path: "filter", metadataKeys });
  if (Object.keys(filter).length === 0)
    throw invalid("filter", 'one that filters something; for all images say "all": true');
  checkImageFilter(filter);
  return { filter };
}

function invalid(parameter: string, rule: string): ProgImageError {
  const message = `Cannot select images as ${parameter} must be ${rule}: it is something else`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
