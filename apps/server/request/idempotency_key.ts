import { ProgImageError, type StoreImageOptions } from "@progimage/core";
import { pathOf } from "../http/request_target.ts";

const KEY_REGEXP = /^[\x21-\x7e]{1,255}$/;

/** Names an upload, so that it is known when it is sent again. */
export type Idempotency = Pick<StoreImageOptions, "door" | "idempotencyKey">;

/** Gives what one of the images of a request is known by when that is sent again. Throws as {@linkcode idempotencyKeyOf} does. */
export function idempotencyOf(request: Request, place = 0): Idempotency {
  return { idempotencyKey: idempotencyKeyOf(request, place), door: `${request.method} ${pathOf(request)}` };
}

/**
 * Refuses an `Idempotency-Key` where it has no meaning: the same request again stores nothing twice.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function refuseIdempotencyKey(request: Request): void {
  if (!request.headers.has("idempotency-key")) return;
  const message = `Cannot honour Idempotency-Key as ${request.method} ${pathOf(request)} begins or stores nothing that could be there twice: leave it out`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter: "Idempotency-Key" } });
}

/**
 * Gives the `Idempotency-Key` of a request, by which a client that has lost the answer can ask again; `null` without one. Each
 * further file of a form has its own, made of its place.
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
