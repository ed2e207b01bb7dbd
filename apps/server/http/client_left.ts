import { ProgImageError } from "@progimage/core";

/** Returns the cause of a failed request. A failure after the client has left is not a defect. */
export function failureOf({ signal }: Request, error: unknown): unknown {
  if (!signal.aborted) return error;
  const message = "Cannot answer the request as the client has left";
  return new ProgImageError("cancelled", message, { cause: error });
}
