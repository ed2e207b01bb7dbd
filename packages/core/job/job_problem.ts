import { type ErrorCode, isProgImageError } from "../error.ts";

/** Why something of a job failed. */
export interface JobProblem {
  /** `internal` for a defect, of which strangers learn nothing more. */
  readonly code: ErrorCode | "internal";
  readonly message: string;
  /** The output that failed, counted from 0. */
  readonly output?: number;
}

/** Gives what may be said of an error. */
export function jobProblemOf(error: unknown, output?: number): JobProblem {
  const where = output === undefined ? {} : { output };
  if (isProgImageError(error)) return { code: error.code, message: error.message, ...where };
  return { code: "internal", message: "Cannot process item because of a defect", ...where };
}
