import { ProgImageError } from "@progimage/core";

const KEY_REGEXP = /^[\x21-\x7e]{1,255}$/;

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
