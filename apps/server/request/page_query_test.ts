import { expect, test } from "bun:test";
import { JOB_PAGE_SHAPE, readPageQuery } from "./page_query.ts";

const read = (query: string, ...shape: readonly [typeof JOB_PAGE_SHAPE?]) =>
  readPageQuery<string>(new Request(`http://localhost/jobs${query}`), ...shape);

test("readPageQuery() has a default limit", () => {
  expect(read("")).toEqual({ limit: 50 });
  expect(read("?limit=1&cursor=a%2Fb")).toEqual({ limit: 1, cursor: "a/b" });
  expect(read("?limit=1000")).toEqual({ limit: 1000 });
});

test("readPageQuery() reads a status only of entries that have one", () => {
  expect(read("?status=failed", JOB_PAGE_SHAPE)).toEqual({ limit: 50, status: "failed" });
  const failure = (code: string, parameter: string) =>
    expect.objectContaining({ code, details: expect.objectContaining({ parameter }) });
  expect(() => read("?status=failed")).toThrow(failure("unknown_parameter", "status"));
  expect(() => read("?status=lost", JOB_PAGE_SHAPE)).toThrow(failure("invalid_parameter", "status"));
});

test.each(["0", "-1", "1.5", "1001", "", "ten"])("readPageQuery() refuses the limit %j", (limit) => {
  expect(() => read(`?limit=${limit}`)).toThrow(expect.objectContaining({ code: "invalid_parameter" }));
});
