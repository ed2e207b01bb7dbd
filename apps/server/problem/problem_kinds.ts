import type { JsonOf } from "@progimage/core";
import type { PROBLEM_KIND_SHAPE } from "../shape/server_shape.ts";
import { ACCESS_PROBLEMS } from "./access_problems.ts";
import { IMAGE_PROBLEMS } from "./image_problems.ts";
import type { ProblemCode, ProblemKind } from "./problem_kind.ts";
import { REQUEST_PROBLEMS } from "./request_problems.ts";
import { SERVER_PROBLEMS } from "./server_problems.ts";

/**
 * The only table of problems: the source of answers, pages, the OpenAPI document, docs/api.md and the client's type. Codes may be added in
 * any version; none is removed or changes its status.
 */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  ...REQUEST_PROBLEMS,
  ...ACCESS_PROBLEMS,
  ...IMAGE_PROBLEMS,
  ...SERVER_PROBLEMS,
};

/** A code with its description. */
export type DescribedProblem = JsonOf<typeof PROBLEM_KIND_SHAPE>;

/** Returns the table by status, then by code. */
export function describeProblems(): readonly DescribedProblem[] {
  return Object.entries(PROBLEMS)
    .map(([code, kind]) => ({ type: problemType(code), code, ...kind }))
    .toSorted((one, other) => one.status - other.status || one.code.localeCompare(other.code));
}

/** Returns one entry of the table, or `null` for an unknown code. */
export function describeProblem(code: string): DescribedProblem | null {
  return describeProblems().find((each) => each.code === code) ?? null;
}

/** Returns the `type` of a problem: a URL on the same server. */
export function problemType(code: string): string {
  return `/problems/${code}`;
}

/** The members of a problem document that follow from its code. */
export interface ProblemHead<Code extends string> extends Pick<
  ProblemKind,
  "retryable" | "status" | "title"
> {
  readonly type: string;
  readonly code: Code;
}

/** Returns the members of a problem document that follow from its code. Jobs may hold codes of an older version. */
export function problemHead<Code extends string>(code: Code): ProblemHead<Code> {
  const { title, status, retryable } = Object.hasOwn(PROBLEMS, code)
    ? PROBLEMS[code as unknown as ProblemCode]
    : EARLIER_PROBLEM;
  return { type: problemType(code), title, status, code, retryable };
}

const EARLIER_PROBLEM = {
  status: 500,
  title: "A failure that an earlier version recorded",
  retryable: false,
} as const;
