import { checkImageFilter, type ImageFilter, type ImageSelection, ProgImageError } from "@progimage/core";

const READERS: Readonly<Record<string, (value: unknown, maxIds: number) => ImageSelection>> = {
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
  { maxBulkIds }: { readonly maxBulkIds: number },
): ImageSelection {
  const names = SELECTION_NAMES.filter((name) => json[name] !== undefined);
  const [name = ""] = names;
  const read = READERS[name];
  if (read && names.length === 1) return read(json[name], maxBulkIds);
  const message = `Cannot select images as the JSON must have exactly one of ${SELECTION_NAMES.join(", ")}: it has ${names.join(" and ") || "none"}`;
  throw new ProgImageError("invalid_request", message, { details: { known: SELECTION_NAMES } });
}

function readIds(value: unknown, limit: number): ImageSelection {
  const isList = Array.isArray(value) && value.every((id) => typeof id === "string");
  if (isList && value.length > 0 && value.length <= limit) return { ids: value };
  throw invalid("ids", `a list of 1 to ${limit} ids`);
}

function readAll(value: unknown): ImageSelection {
  if (value === true) return { all: true };
  throw invalid("all", "true");
}

const FILTER_READERS: {
  readonly [Name in keyof Required<ImageFilter>]: (name: Name, value: unknown) => ImageFilter[Name];
} = {
  createdAfter: readTime,
  createdBefore: readTime,
  format: readText,
  namePrefix: readText,
  sha256: readText,
  tag: readText,
};

function readFilter(value: unknown): ImageSelection {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid("filter", "an object");
  const given = Object.entries(value);
  if (given.length === 0)
    throw invalid("filter", 'one that filters something; for all images say "all": true');
  const filter = Object.fromEntries(
    given.map(([name, each]) => [name, readCondition(name, each)]),
  ) as ImageFilter;
  checkImageFilter(filter);
  return { filter };
}

function readCondition(name: string, value: unknown): unknown {
  const known = Object.keys(FILTER_READERS);
  const read = Object.hasOwn(FILTER_READERS, name) ? FILTER_READERS[name as keyof ImageFilter] : undefined;
  if (!read) {
    const message = `Cannot select images by ${JSON.stringify(name.slice(0, 64))}: a filter has only ${known.join(", ")}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "filter", known } });
  }
  return read(name as never, value);
}

function readText(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(name, "a text that is not empty");
}

function readTime(name: string, value: unknown): number {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(name, "an ISO 8601 time such as 2030-01-31T12:00:00Z");
  return time;
}

function invalid(parameter: string, rule: string): ProgImageError {
  const message = `Cannot select images as ${parameter} must be ${rule}: it is something else`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
