import { ATTRIBUTES, EXPIRES_IN, readShape } from "@progimage/core";
import { markDeprecated } from "../answer/deprecation.ts";

/** The name from before 1.0 that combines `expiresAt` and `expiresIn`. */
export const EXPIRES = "expires";

/** An expiry under its current name. */
export type WrittenExpiry = readonly [name: "expiresAt" | "expiresIn", value: unknown];

/**
 * Reads an expiry under its old name: seconds from now, or a time.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readExpires(request: Request, value: unknown, path: string): WrittenExpiry {
  markDeprecated(request);
  const seconds = typeof value === "string" && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof seconds === "number"
    ? ["expiresIn", readShape(EXPIRES_IN, seconds, { path })]
    : ["expiresAt", readShape(ATTRIBUTES.expiresAt.shape, seconds, { path })];
}

/** Returns JSON attributes with an expiry under its current name. If that name is present too, both stay. */
export function renameExpires(
  request: Request,
  json: Readonly<Record<string, unknown>>,
  path: string,
): Readonly<Record<string, unknown>> {
  const { [EXPIRES]: expires, ...others } = json;
  if (expires === undefined || "expiresAt" in others || "expiresIn" in others) return json;
  const [name, value] = readExpires(request, expires, path === "" ? EXPIRES : `${path}/${EXPIRES}`);
  return { ...others, [name]: value };
}
