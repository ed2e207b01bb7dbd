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

/** The codes of problems. */
export type ProblemCode = ErrorCode | HttpCode;

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
}
