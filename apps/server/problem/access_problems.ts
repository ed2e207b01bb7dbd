import type { ProblemKind } from "./problem_kind.ts";

/** Problems of access control. */
export const ACCESS_PROBLEMS = {
  origin_refused: {
    status: 403,
    title: "Pages of other origins may not do this",
    meaning: "A page of another origin tried to change something.",
    cause: "An origin that the operator has not listed.",
    remedy: "Ask the operator to list the origin in `PROGIMAGE_CORS_ORIGINS`.",
    retryable: false,
  },
  host_refused: {
    status: 421,
    title: "This server does not answer for that host",
    meaning: "The server does not answer for the name in the URL.",
    cause: "A name that the operator has not listed.",
    remedy: "Use another name, or ask the operator to list it in `PROGIMAGE_ALLOWED_HOSTS`.",
    retryable: false,
  },
  unauthenticated: {
    status: 401,
    title: "The caller is not known",
    meaning: "The request carries no key or token, or none that is valid.",
    cause: "A key that is missing, misspelt, revoked or has expired, or a token that is not valid.",
    remedy: "Send a valid key or token as `Authorization: Bearer …`.",
    retryable: false,
  },
  forbidden: {
    status: 403,
    title: "The caller may not do this",
    meaning: "The key does not allow this, or the signature of the URL is not valid.",
    cause:
      "A key without the scope that the request needs; or a signed URL that has expired or was changed, or whose key was revoked.",
    remedy: "Use a key that has the scope, which `detail` names, or ask for a new signed URL.",
    retryable: false,
  },
  quota_exceeded: {
    status: 403,
    title: "The quota is used up",
    meaning: "The caller has stored as much as it may.",
    cause: "More images or bytes than the quota. Deleted images count as long as they can be restored.",
    remedy: "Erase images, or ask the operator for more.",
    retryable: false,
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    meaning: "The caller sends more requests, or has more rendered, than it may in a span of time.",
    cause: "A loop without a pause.",
    remedy: "Try again after the seconds that `Retry-After` names.",
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;
