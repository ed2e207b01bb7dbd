import { expect, test } from "bun:test";
import {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  DoesNotFitError,
  errorOf,
  FileError,
  InvalidIdError,
  NotFoundError,
  PermissionError,
  PreconditionFailedError,
  ProgImageClientError,
  ProgImageError,
  RateLimitError,
  SourceError,
  TooLargeError,
  UnavailableError,
  ValidationError,
} from "./errors.ts";
import { readProblem } from "./problem.ts";

test("errors carry all that a problem document says", async () => {
  const document = {
    type: "/problems/unknown_transform",
    title: "There is no such transform",
    status: 400,
    detail: "Cannot read the recipe: there is no transform named resise",
    code: "unknown_transform",
    retryable: false,
    requestId: "r-1",
    parameter: "resise",
    known: ["resize"],
    suggestion: "resize",
  };
  const error = await errorFrom(Response.json(document, { status: 400, headers: { "x-request-id": "r-2" } }));
  expect(error.problem).toEqual(document);
  expect(error).toMatchObject({
    name: "ValidationError",
    message: document.detail,
    parameter: "resise",
    known: ["resize"],
    suggestion: "resize",
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
  [400, '{"code":"invalid_parameter"}', ValidationError, "invalid_parameter"],
  [401, '{"code":"unauthenticated"}', AuthenticationError, "unauthenticated"],
  [401, "<html>", AuthenticationError, "unexpected_answer"],
  [403, '{"code":"forbidden"}', PermissionError, "forbidden"],
  [404, '{"code":"image_not_found"}', NotFoundError, "image_not_found"],
  [404, '{"code":"preset_not_found"}', NotFoundError, "preset_not_found"],
  [404, '{"code":"route_not_found"}', ProgImageError, "route_not_found"],
  [404, '{"code":"unknown_format"}', ValidationError, "unknown_format"],
  [409, '{"code":"conflict"}', ConflictError, "conflict"],
  [410, '{"code":"deleted"}', NotFoundError, "deleted"],
  [412, '{"code":"precondition_failed"}', PreconditionFailedError, "precondition_failed"],
  [422, '{"code":"key_reused"}', ConflictError, "key_reused"],
  [422, '{"code":"broken_image"}', ProgImageError, "broken_image"],
  [429, '{"code":"too_many_jobs"}', RateLimitError, "too_many_jobs"],
  [429, "<html>", RateLimitError, "unexpected_answer"],
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
  [400, '{"code":"constructor"}', ValidationError, "constructor"],
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

test("RateLimitError says when to try again", async () => {
  const error = await errorFrom(Response.json({ code: "rate_limited", retryAfter: 7 }, { status: 429 }));
  expect(error).toMatchObject({ name: "RateLimitError", retryAfter: 7 });
  const proxy = await errorFrom(new Response("slow down", { status: 429, headers: { "retry-after": "9" } }));
  expect(proxy).toMatchObject({ name: "RateLimitError", retryAfter: 9 });
});

test("ProgImageClientError is the base of all errors, which JSON shows with what they say", async () => {
  const problem = { code: "conflict", detail: "It runs", requestId: "r" };
  const refused = await errorFrom(Response.json(problem, { status: 409 }));
  const errors = [
    refused,
    new ConnectionError("no"),
    new FileError("a.png", "ENOENT"),
    new InvalidIdError("x"),
  ];
  for (const error of errors) expect(error).toBeInstanceOf(ProgImageClientError);
  expect(errors.map((error) => JSON.parse(JSON.stringify(error)))).toEqual([
    {
      name: "ConflictError",
      message: "It runs",
      status: 409,
      code: "conflict",
      requestId: "r",
      problem: expect.objectContaining(problem),
    },
    { name: "ConnectionError", message: "no" },
    {
      name: "FileError",
      message: "Cannot read the file a.png: it does not exist",
      path: "a.png",
      code: "ENOENT",
    },
    { name: "InvalidIdError", message: 'Cannot use "x" as an id: it must be a UUID', id: "x" },
  ]);
});

async function errorFrom(response: Response): Promise<ProgImageError> {
  return errorOf(await readProblem(response), response);
}
