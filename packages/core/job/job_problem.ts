import { type ErrorCode, isProgImageError } from "../error.ts";

/** The reason why a job, an item or an output failed. */
export interface JobProblem {
  /** `internal` for a defect, whose details stay private. */
  readonly code: ErrorCode | "internal";
  readonly message: string;
  /** The output that failed, counted from 0. */
  readonly output?: number;
}

/** Returns the public description of an error. */
export function jobProblemOf(error: unknown, output?: number): JobProblem {
  const where = output === undefined ? {} : { output };
  if (isProgImageError(error)) return { code: error.code, message: error.message, ...where };
  return { code: "internal", message: "Cannot process item because of a defect", ...where };
}
