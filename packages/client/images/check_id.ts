import { InvalidIdError } from "../connection/errors.ts";

const ID_REGEXP = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Returns an id as the server writes it. In a path, other texts such as `..` or an empty one could address another resource.
 *
 * @throws {InvalidIdError} if the text is not a UUID
 */
export function checkId(id: string): string {
  if (isId(id)) return id.toLowerCase();
  throw new InvalidIdError(id);
}

/** Whether a value is a UUID. */
export function isId(value: unknown): boolean {
  return typeof value === "string" && ID_REGEXP.test(value);
}
