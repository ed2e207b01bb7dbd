import { isProbe } from "../access/is_probe.ts";
import type { ProblemCode } from "../problem/problem_kind.ts";
import { PROBLEMS } from "../problem/problem_kinds.ts";
import { rightOfOperation } from "./security.ts";
import { hasType, type PlacedOperation, type ResponseObject, takes } from "./open_api_document.ts";

/** The problems of a kind of operations. */
interface ErrorRule {
  readonly isFor: (place: PlacedOperation) => boolean;
  readonly codes: readonly ProblemCode[];
}

const RULES: readonly ErrorRule[] = [
  { isFor: () => true, codes: ["host_refused", "internal", "unavailable"] },
  { isFor: ({ path }) => !isProbe(path), codes: ["rate_limited", "unauthenticated"] },
  { isFor: (place) => rightOfOperation(place) !== "free", codes: ["forbidden"] },
  {
    isFor: hasQuery,
    codes: ["conflicting_parameters", "invalid_parameter", "unknown_parameter"],
  },
  { isFor: ({ path }) => path.startsWith("/images/{id}"), codes: ["image_not_found"] },
  { isFor: ({ path }) => /^\/images\/\{id\}(?!\/(?:erase|restore)$)/.test(path), codes: ["deleted"] },
  { isFor: ({ path }) => path.startsWith("/jobs/{id}"), codes: ["job_not_found"] },
  { isFor: ({ path }) => path.startsWith("/keys/{id}"), codes: ["key_not_found"] },
  {
    isFor: ({ path, method }) => path === "/keys" && method === "post",
    codes: ["feature_disabled", "tenant_not_found"],
  },
  { isFor: ({ path }) => path.startsWith("/tenants/{id}"), codes: ["tenant_not_found"] },
  { isFor: ({ path, method }) => path.startsWith("/tenants") && method !== "get", codes: ["conflict"] },
  { isFor: ({ path }) => path.startsWith("/problems/{code}"), codes: ["route_not_found"] },
  { isFor: ({ path }) => path === "/presets/{name}", codes: ["preset_not_found"] },
  { isFor: ({ path }) => path === "/transforms/{name}", codes: ["transform_not_found"] },
  { isFor: ({ path }) => path.endsWith(".{ext}"), codes: ["unknown_format"] },
  { isFor: ({ method }) => method !== "get", codes: ["origin_refused"] },
  {
    isFor: ({ operation }) => operation.requestBody !== undefined,
    codes: ["invalid_parameter", "invalid_request", "too_large", "too_slow", "unknown_parameter"],
  },
  {
    isFor: ({ operation }) => hasType(operation.requestBody?.content, "application/json"),
    codes: ["conflicting_parameters", "media_type_refused"],
  },
  {
    isFor: ({ operation }) => hasType(operation.requestBody?.content, "image/"),
    codes: [
      "broken_image",
      "busy",
      "quota_exceeded",
      "source_not_found",
      "source_refused",
      "source_unreachable",
      "storage_full",
      "too_many_pixels",
      "unsupported_media",
    ],
  },
  {
    isFor: rendersImages,
    codes: ["busy", "does_not_fit", "preset_not_found", "too_costly", "too_many_pixels"],
  },
  { isFor: (place) => rendersImages(place) && !isService(place), codes: ["unknown_transform"] },
  {
    isFor: (place) => rendersImages(place) && place.operation.requestBody !== undefined,
    codes: ["image_not_found"],
  },
  { isFor: readsRecipe, codes: ["preset_not_found", "unknown_transform"] },
  { isFor: ({ path }) => path === "/recipes", codes: ["image_not_found", "too_many_pixels"] },
  { isFor: ({ path }) => path === "/sign", codes: ["feature_disabled", "route_not_found"] },
  { isFor: ({ path }) => path === "/webhook-secrets", codes: ["feature_disabled"] },
  { isFor: ({ operation }) => operation.operationId === "uploadImages", codes: ["conflict"] },
  { isFor: isJobStart, codes: ["feature_disabled", "key_reused", "too_many_jobs"] },
  { isFor: ({ path }) => /^\/jobs\/\{id\}\/(?:results|retry|webhook)/.test(path), codes: ["conflict"] },
  { isFor: ({ path, method }) => path === "/jobs/{id}" && method === "delete", codes: ["conflict"] },
  { isFor: ({ operation }) => takes(operation, "If-Match"), codes: ["precondition_failed"] },
  {
    isFor: ({ operation }) => takes(operation, "Idempotency-Key"),
    codes: ["invalid_parameter", "key_reused"],
  },
];

/** Bun sends this answer itself. */
const TOO_LONG: ResponseObject = {
  description: "The URL and the headers are longer than 16 KB together. The answer has no body",
};

/** Returns the error answers of an operation, by status. Those of the operation itself take precedence. */
export function errorResponses(place: PlacedOperation): Readonly<Record<string, ResponseObject>> {
  const codes = new Set(RULES.filter(({ isFor }) => isFor(place)).flatMap((rule) => rule.codes));
  const byStatus = Map.groupBy([...codes].toSorted(), (code) => PROBLEMS[code].status);
  const problems = Object.fromEntries([...byStatus].map(([status, each]) => [status, problemResponse(each)]));
  return hasQuery(place) ? { ...problems, 431: TOO_LONG } : problems;
}

function problemResponse(codes: readonly ProblemCode[]): ResponseObject {
  const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join("\n\n");
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function rendersImages({ operation }: PlacedOperation): boolean {
  return hasType(operation.responses?.["200"]?.content, "image/");
}

function hasQuery({ operation: { parameters = [] } }: PlacedOperation): boolean {
  return parameters.some((parameter) => parameter.in === "query");
}

function readsRecipe({ path, method }: PlacedOperation): boolean {
  return method === "post" && ["/archives", "/jobs", "/recipes"].includes(path);
}

function isService({ path }: PlacedOperation): boolean {
  return path.startsWith("/transforms/");
}

function isJobStart({ operation }: PlacedOperation): boolean {
  return hasType(operation.responses?.["202"]?.content, "application/json");
}
