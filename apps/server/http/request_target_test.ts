import { describe, expect, test } from "bun:test";
import { completeTarget, lowerId, pathOf, queryOf, replaceTarget, targetOf } from "./request_target.ts";

const cases: readonly (readonly [url: string, path: string, query: string])[] = [
  ["http://localhost:3000/images/a.webp?resize=1x/2&b", "/images/a.webp", "resize=1x/2&b"],
  ["http://a/images", "/images", ""],
  ["https://a/", "/", ""],
  ["http://[::1]:3000//images//x?", "//images//x", ""],
  ["http://localhost/a?b?c#d?e", "/a", "b?c#d?e"],
  ["/images/a?http://b/c", "/images/a", "http://b/c"],
  ["//images/a", "//images/a", ""],
];

for (const [url, path, query] of cases) {
  test(`pathOf() and queryOf() split ${url}`, () => {
    expect([pathOf({ url }), queryOf({ url })]).toEqual([path, query]);
    expect(targetOf({ url })).toStartWith(path);
    expect(targetOf({ url })).toEndWith(query);
  });
}

describe("completeTarget()", () => {
  /** Returns a request in the form that Bun passes. */
  function requestTo(url: string): Request {
    const request = new Request("http://localhost/");
    Object.defineProperty(request, "url", { value: url, configurable: true });
    return request;
  }

  test("gives a bare path a host, and resolves it as if it had come with one", () => {
    for (const [bare, url] of [
      ["/images/a?b=1", "http://localhost/images/a?b=1"],
      ["/x/../images/%2e%2e/healthz", "http://localhost/healthz"],
      ["//evil.example/images", "http://localhost//evil.example/images"],
    ] as const) {
      const request = requestTo(bare);
      completeTarget(request);
      expect(request.url).toBe(url);
    }
  });

  test("leaves absolute URLs unchanged", () => {
    const request = requestTo("http://a/b/../c");
    completeTarget(request);
    expect(request.url).toBe("http://a/b/../c");
  });
});

test("lowerId() and replaceTarget() change a request without a host as well", () => {
  const request = new Request("http://localhost/");
  const id = "01926F5E-7C3B-7D2A-9C1E-0F2B6A4D8E10";
  Object.defineProperty(request, "url", { value: `/images/${id}?a=B`, configurable: true });
  completeTarget(request);
  lowerId(request);
  expect(request.url).toBe(`http://localhost/images/${id.toLowerCase()}?a=B`);
  replaceTarget(request, "/b?C");
  expect(request.url).toBe("http://localhost/b?C");
});
