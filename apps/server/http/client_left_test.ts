import { expect, test } from "bun:test";
import { failureOf } from "./client_left.ts";

test("failureOf() calls any failure cancelled once the client has left", () => {
  const leaving = new AbortController();
  const request = new Request("http://localhost/", { signal: leaving.signal });
  const failure = new Error("broken pipe");
  expect(failureOf(request, failure)).toBe(failure);
  leaving.abort();
  expect(failureOf(request, failure)).toMatchObject({ code: "cancelled", cause: failure });
});
