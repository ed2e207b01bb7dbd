import { isProgImageError, type ProgImageError } from "@progimage/core";
import { Refusal } from "../http/refusal.ts";

/** Returns an expected failure as the reason for refusing a request, for example that the database is down. Throws any other. */
export function asRefusal(error: unknown): ProgImageError | Refusal {
  if (isProgImageError(error) || error instanceof Refusal) return error;
  throw error;
}
