import { hasType, type JsonObject, type PlacedOperation, takes } from "./open_api_document.ts";

const TEXT = { type: "string" } as const;

/** The response headers, as components. */
export const HEADERS = {
  "Accept-Ranges": { description: "`bytes`: parts can be asked for by `Range`", schema: TEXT },
  "Cache-Control": { description: "For how long whom the answer may be kept", schema: TEXT },
  "Content-Range": { description: "Which part it is", schema: TEXT },
  Deprecation: { description: "Since when something that was used is deprecated (RFC 9745)", schema: TEXT },
  ETag: { description: "Stands for the bytes of the answer; weak for lists", schema: TEXT },
  "Idempotent-Replayed": {
    description: "`true`: the answer to an earlier request with the same key",
    schema: { type: "string", enum: ["true"] },
  },
  "Last-Modified": { description: "When the bytes may have become what they are", schema: TEXT },
  Link: {
    description:
      "`canonical`: the spelling of this recipe in the documentation. `next`: the page behind this one",
    schema: TEXT,
  },
  Location: { description: "Where the thing is", schema: { type: "string", format: "uri-reference" } },
  "Preference-Applied": { description: "`respond-async`, as was asked by `Prefer`", schema: TEXT },
  RateLimit: {
    description: "How much each limit that applies has left, and the seconds until it is whole again",
    schema: TEXT,
  },
  "RateLimit-Policy": {
    description: "The limits that apply: how much (`q`), of what (`qu`), in how many seconds (`w`)",
    schema: TEXT,
  },
  "Retry-After": { description: "Seconds after which another try makes sense", schema: { type: "integer" } },
  "Server-Timing": { description: "Where the time of a render went, or `hit`", schema: TEXT },
  Sunset: { description: "The day before which what is deprecated does not go (RFC 8594)", schema: TEXT },
  Vary: {
    description: "`Accept` where that has chosen the answer, `Authorization` where others do not get it",
    schema: TEXT,
  },
  "WWW-Authenticate": { description: "`Bearer`: a key is to be sent", schema: TEXT },
  "X-Request-Id": { description: "Names the request in the log", schema: TEXT },
} as const satisfies JsonObject;

type HeaderName = keyof typeof HEADERS;

/** The response headers for some statuses and a kind of operations. */
interface HeaderRule {
  readonly statuses: readonly string[];
  readonly isFor?: (place: PlacedOperation) => boolean;
  readonly names: readonly HeaderName[];
}

const GOOD: readonly string[] = ["200", "201", "202", "204", "206", "207"];

const ALWAYS: readonly HeaderName[] = ["RateLimit", "RateLimit-Policy", "X-Request-Id"];

const RULES: readonly HeaderRule[] = [
  { statuses: GOOD, names: ["Deprecation", "Sunset"] },
  { statuses: ["200", "206", "304"], names: ["Cache-Control"] },
  { statuses: ["200", "304"], isFor: isConditional, names: ["ETag"] },
  {
    statuses: ["200", "206"],
    isFor: isPicture,
    names: ["Accept-Ranges", "ETag", "Last-Modified", "Link", "Server-Timing", "Vary"],
  },
  { statuses: ["200", "304"], isFor: isPage, names: ["Link"] },
  { statuses: ["206"], names: ["Content-Range"] },
  { statuses: ["201", "202", "302"], names: ["Location"] },
  {
    statuses: ["200", "201", "202"],
    isFor: ({ operation }) => takes(operation, "Idempotency-Key"),
    names: ["Idempotent-Replayed"],
  },
  { statuses: ["202"], isFor: ({ operation }) => takes(operation, "Prefer"), names: ["Preference-Applied"] },
  { statuses: ["401"], names: ["WWW-Authenticate"] },
  { statuses: ["429", "503"], names: ["Retry-After"] },
];

/** Returns the headers of an answer of an operation. */
export function responseHeaders(place: PlacedOperation, status: string): JsonObject {
  // Bun answers such a request before the server sees it.
  if (status === "431") return {};
  const names = RULES.filter(({ isFor, statuses }) => statuses.includes(status) && (isFor?.(place) ?? true));
  const all = new Set<HeaderName>([...ALWAYS, ...names.flatMap((rule) => rule.names)]);
  return Object.fromEntries(
    [...all].toSorted().map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

/** Whether an operation returns a page of a list, or a catalogue. */
export function isList(place: PlacedOperation): boolean {
  const { method, path } = place;
  return isPage(place) || (method === "get" && (path === "/transforms" || path === "/presets"));
}

function isPage({ operation, method }: PlacedOperation): boolean {
  return method === "get" && takes(operation, "limit");
}

function isConditional(place: PlacedOperation): boolean {
  return isList(place) || isPicture(place) || "304" in (place.operation.responses ?? {});
}

function isPicture({ method, operation }: PlacedOperation): boolean {
  return method === "get" && hasType(operation.responses?.["200"]?.content, "image/");
}
