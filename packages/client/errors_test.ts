import { expect, test } from "bun:test";
import {
  DoesNotFitError,
  errorOf,
  ProgImageError,
  SourceError,
  TooLargeError,
  UnavailableError,
} from "./errors.ts";
import { readProblem } from "./problem.ts";

test("errors carry all that a problem document says", async () => {
  const document = {
    type: "/problems/unknown_transform",
    title: "There is no such transform",
    status: 400,
    detail: "Cannot read the recipe: there is no transform named resise",
    code: "unknown_transform",
    requestId: "r-1",
    parameter: "resise",
    known: ["resize"],
    suggestion: "resize",
    errors: [{ detail: "one", parameter: "two" }],
  };
  const error = await errorFrom(Response.json(document, { status: 400, headers: { "x-request-id": "r-2" } }));
  expect(error.problem).toEqual(document);
  expect(error).toMatchObject({
    name: "ProgImageError",
    message: document.detail,
    status: 400,
    code: document.code,
    requestId: "r-1",
  });
  expect(error.response.status).toBe(400);
});

test("errors fill in what a problem document leaves out", async () => {
  const headers = { "x-request-id": "r-2" };
  const error = await errorFrom(
    Response.json({ code: "internal" }, { status: 500, statusText: "Broken", headers }),
  );
  expect(error).toMatchObject({ status: 500, code: "internal", message: "Broken", requestId: "r-2" });
  expect(error.problem.type).toBe("about:blank");
});

test.each([
  [413, "", TooLargeError, "too_large"],
  [431, "", TooLargeError, "too_large"],
  [503, "<html>", UnavailableError, "unavailable"],
  [503, '{"code":"storage_error"}', UnavailableError, "storage_error"],
  [403, '{"code":"source_refused"}', SourceError, "source_refused"],
  [422, '{"code":"source_not_found"}', SourceError, "source_not_found"],
  [502, '{"code":"source_unreachable"}', SourceError, "source_unreachable"],
  [502, "<html>", ProgImageError, "unexpected_answer"],
  [404, "null", ProgImageError, "unexpected_answer"],
  [400, "[]", ProgImageError, "unexpected_answer"],
  [400, '{"code":5}', ProgImageError, "unexpected_answer"],
  [400, '{"code":"constructor"}', ProgImageError, "constructor"],
] as const)("errors make sense of a %d with the body %p", async (status, body, ErrorClass, code) => {
  const error = await errorFrom(new Response(body, { status }));
  expect(error.constructor).toBe(ErrorClass);
  expect(error).toMatchObject({ status, code, requestId: null });
  expect(error.message).not.toBe("");
});

test("DoesNotFitError says how few bytes there can be", async () => {
  const document = { status: 422, code: "does_not_fit", parameter: "maxBytes", limit: 99, smallest: 100 };
  const error = await errorFrom(Response.json(document, { status: 422 }));
  expect(error).toBeInstanceOf(DoesNotFitError);
  expect(error.problem).toMatchObject({ limit: 99, smallest: 100 });
});

async function errorFrom(response: Response): Promise<ProgImageError> {
  return errorOf(await readProblem(response), response);
}
