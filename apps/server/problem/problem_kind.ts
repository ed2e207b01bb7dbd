import type { ErrorCode } from "@progimage/core";

/** A code that only HTTP knows. */
export type HttpCode =
  | "forbidden"
  | "host_refused"
  | "internal"
  | "media_type_refused"
  | "method_not_allowed"
  | "origin_refused"
  | "rate_limited"
  | "route_not_found"
  | "transform_not_found"
  | "unauthenticated";

/** A code that is not in use yet, so that callers can prepare for it. */
/** There is none at the moment. */
export type ReservedCode = never;

/** The codes of problems. */
export type ProblemCode = ErrorCode | HttpCode | ReservedCode;

/** The description of a code. Its texts are sentences of Markdown without headings, lists or links. */
export interface ProblemKind {
  readonly status: number;
  /** In a few words, without a full stop. */
  readonly title: string;
  readonly meaning: string;
  /** The usual cause. */
  readonly cause: string;
  readonly remedy: string;
  /** Whether the same request can succeed later, unchanged. */
  readonly retryable: boolean;
  /** Whether the code is not in use yet. */
  readonly reserved?: true;
}
