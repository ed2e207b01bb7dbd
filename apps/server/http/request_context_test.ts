import { expect, test } from "bun:test";
import { STRANGER } from "../access/caller.ts";
import { UNLIMITED } from "../access/rate/allowance.ts";
import { beginContext, contextOf, currentRequestId, requestIdOf, workFor } from "./request_context.ts";

const requestOf = (id?: string) =>
  new Request("http://localhost/", { headers: new Headers(id === undefined ? [] : [["x-request-id", id]]) });

test("requestIdOf() takes a plain id of a proxy", () => {
  for (const id of ["a", "01-AB_cd.e:f", "x".repeat(128)]) expect(requestIdOf(requestOf(id))).toBe(id);
});

test("requestIdOf() makes an id of its own where there is none that a log can hold", () => {
  for (const id of [undefined, "", "a b", 'a"b', "ä", "x".repeat(129)])
    expect(requestIdOf(requestOf(id))).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test("contextOf() returns what was begun, or a context without effect", () => {
  const request = requestOf();
  expect(contextOf(request)).toMatchObject({ id: "unknown", caller: STRANGER });
  expect(() => contextOf(request).keepAlive(1)).not.toThrow();
  const context = {
    id: "1",
    caller: STRANGER,
    keepAlive: () => {},
    awaitClient: () => {},
  };
  beginContext(request, context);
  expect(contextOf(request)).toEqual({ ...context, allowance: UNLIMITED });
});

test("currentRequestId() keeps requests apart that take turns", async () => {
  const idLater = async () => (await Promise.resolve(), currentRequestId());
  const workOf = (id: string) => workFor({ id, allowance: UNLIMITED }, idLater);
  expect(await Promise.all([workOf("a"), workOf("b")])).toEqual(["a", "b"]);
  expect(currentRequestId()).toBeUndefined();
});
