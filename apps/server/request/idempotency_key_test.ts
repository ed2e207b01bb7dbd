import { expect, test } from "bun:test";
import { idempotencyKeyOf, idempotencyOf, refuseIdempotencyKey } from "./idempotency_key.ts";

const requestOf = (key?: string) => {
  const headers = key === undefined ? [] : [["idempotency-key", key] as [string, string]];
  return new Request("http://localhost/images?x=1", { method: "POST", headers });
};

const refusal = expect.objectContaining({
  code: "invalid_parameter",
  details: { parameter: "Idempotency-Key" },
});

test("idempotencyKeyOf() returns the key, with the place of each further file", () => {
  expect(idempotencyKeyOf(requestOf())).toBeNull();
  expect(idempotencyKeyOf(requestOf(), 3)).toBeNull();
  expect(idempotencyKeyOf(requestOf('"a~!"'))).toBe('"a~!"');
  expect(idempotencyKeyOf(requestOf("a"), 0)).toBe("a");
  expect(idempotencyKeyOf(requestOf("a"), 3)).toBe("a 3");
  expect(idempotencyKeyOf(requestOf("x".repeat(255)))).toHaveLength(255);
});

test.each(["", "a b", "a\tb", "ä", "x".repeat(256)])("idempotencyKeyOf() refuses %p", (key) => {
  expect(() => idempotencyKeyOf(requestOf(key))).toThrow(refusal);
});

test("idempotencyOf() distinguishes routes, but not queries", () => {
  expect(idempotencyOf(requestOf("a"), 1)).toEqual({ idempotencyKey: "a 1", door: "POST /images" });
});

test("refuseIdempotencyKey() refuses any key, and says where", () => {
  expect(() => refuseIdempotencyKey(requestOf())).not.toThrow();
  for (const key of ["", "a"]) expect(() => refuseIdempotencyKey(requestOf(key))).toThrow(refusal);
  expect(() => refuseIdempotencyKey(requestOf("a"))).toThrow("POST /images");
});
