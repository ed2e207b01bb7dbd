import type { ErrorDetails } from "@progimage/core";
import type { HttpCode } from "../problem/problem_kind.ts";

/** Options for {@linkcode Refusal}. */
export interface RefusalOptions {
  readonly details?: ErrorDetails;
}

/** A refusal for a reason that only HTTP knows. Its message is public. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: HttpCode;
  readonly details: ErrorDetails;

  constructor(code: HttpCode, message: string, options: RefusalOptions = {}) {
    super(message);
    this.code = code;
    this.details = options.details ?? {};
  }
}
