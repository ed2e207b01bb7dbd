import type { JsonOf } from "@progimage/core";
import type { PROBLEM_KIND_SHAPE } from "../shape/server_shape.ts";
import { ACCESS_PROBLEMS } from "./access_problems.ts";
import { IMAGE_PROBLEMS } from "./image_problems.ts";
import type { ProblemCode, ProblemKind } from "./problem_kind.ts";
import { REQUEST_PROBLEMS } from "./request_problems.ts";
import { SERVER_PROBLEMS } from "./server_problems.ts";

/**
 * The one table of problems. Answers, pages, the OpenAPI document, docs/api.md and the client's type are made of it. Codes may be added in
 * any version; none changes its status or goes.
 */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  ...REQUEST_PROBLEMS,
  ...ACCESS_PROBLEMS,
  ...IMAGE_PROBLEMS,
  ...SERVER_PROBLEMS,
};

/** A code with all that is said of it. */
export type DescribedProblem = JsonOf<typeof PROBLEM_KIND_SHAPE>;

/** Returns the table by status, then by code. */
export function describeProblems(): readonly DescribedProblem[] {
  return Object.entries(PROBLEMS)
    .map(([code, kind]) => ({ type: problemType(code), code, ...kind }))
    .toSorted((one, other) => one.status - other.status || one.code.localeCompare(other.code));
}

/** Returns one entry of the table, or `null` where there is none of this code. */
export function describeProblem(code: string): DescribedProblem | null {
  return describeProblems().find((each) => each.code === code) ?? null;
}

/** Returns the `type` of a problem: a URL that the same server answers. */
export function problemType(code: string): string {
  return `/problems/${code}`;
}

/** The members of a problem document that its code gives. */
export interface ProblemHead<Code extends string> extends Pick<
  ProblemKind,
  "retryable" | "status" | "title"
> {
  readonly type: string;
  readonly code: Code;
}

/** Returns the members of a problem document that its code gives. Jobs may hold codes of an earlier version. */
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
