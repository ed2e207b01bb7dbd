import { ProgImageError, type StoreImageOptions } from "@progimage/core";
import { pathOf } from "../http/request_target.ts";

const KEY_REGEXP = /^[\x21-\x7e]{1,255}$/;

/** Identifies an upload, so that a repeated request is detected. */
export type Idempotency = Pick<StoreImageOptions, "door" | "idempotencyKey">;

/** Returns the identity of one image of a request. Throws as {@linkcode idempotencyKeyOf} does. */
export function idempotencyOf(request: Request, place = 0): Idempotency {
  return { idempotencyKey: idempotencyKeyOf(request, place), door: `${request.method} ${pathOf(request)}` };
}

/**
 * Refuses an `Idempotency-Key` on a request whose repetition stores nothing twice.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function refuseIdempotencyKey(request: Request): void {
  if (!request.headers.has("idempotency-key")) return;
  const message = `Cannot use Idempotency-Key as a repeated ${request.method} ${pathOf(request)} stores nothing twice: leave it out`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter: "Idempotency-Key" } });
}

/**
 * Returns the `Idempotency-Key` of a request, which makes a retry after a lost answer safe; `null` without one. Each further file of a
 * form has its own key, which includes its place.
 *
 * @throws {ProgImageError} `invalid_parameter`
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function idempotencyKeyOf(request: Request, place = 0): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null) return null;
  if (!KEY_REGEXP.test(key)) {
    const message =
      "Cannot read Idempotency-Key as it must be 1 to 255 visible ASCII characters without spaces";
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "Idempotency-Key" } });
  }
  return place === 0 ? key : `${key} ${place}`;
}
