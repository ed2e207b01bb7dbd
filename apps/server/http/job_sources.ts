import { type JobFilter, ProgImageError, readImageFilter, type RequestedSources } from "@progimage/core";

const KINDS = ["ids", "urls", "filter", "files"] as const;

/**
 * Reads what a job is about: `ids`, `urls`, a `filter`, or `files` below a prefix. All images must be asked for by `"all": true`: a
 * filter that is empty by mistake must not be about everything.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readJobSources(json: unknown, metadataKeys: readonly string[]): RequestedSources {
  if (!isObject(json)) throw invalid("sources", `it must be an object with one of ${KINDS.join(", ")}`);
  const { all, ...given } = json;
  if (all !== undefined && all !== true) throw invalid("all", "it must be true where it is there");
  const kinds = Object.keys(given);
  const [kind] = kinds;
  if (all && (kind === undefined || (kind === "filter" && isEmpty(given[kind])))) return { filter: {} };
  if (all) throw invalid("all", "it stands for itself: there are other sources as well");
  if (kind === undefined || kinds.length > 1)
    throw invalid("sources", `it must have exactly one of ${KINDS.join(", ")}: it has ${kinds.length}`);
  const value = given[kind];
  switch (kind) {
    case "ids":
      return { ids: readList(kind, value) };
    case "urls":
      return { urls: readList(kind, value) };
    case "files":
      if (typeof value !== "string" || value === "") throw invalid(kind, "it must be the prefix of names");
      return { files: value };
    case "filter":
      return { filter: readFilter(value, metadataKeys) };
    default:
      throw invalid(kind, `there is no kind of sources of this name, only ${KINDS.join(", ")}`);
  }
}

function readList(kind: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw invalid(kind, "it must be a list of texts");
}

function readFilter(json: unknown, metadataKeys: readonly string[]): JobFilter {
  if (isEmpty(json))
    throw invalid("filter", 'it must say which images are meant: all of them are meant by "all": true');
  return readImageFilter(json, { path: "sources/filter", metadataKeys });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function invalid(parameter: string, reason: string): ProgImageError {
  const name = parameter.slice(0, 64);
  return new ProgImageError("invalid_parameter", `Cannot read ${JSON.stringify(name)}: ${reason}`, {
    details: { parameter: name },
  });
}
