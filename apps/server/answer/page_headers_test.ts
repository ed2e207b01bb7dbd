import { expect, test } from "bun:test";
import { closeToPages, PICTURE_PAGE_HEADERS } from "./page_headers.ts";

function closed(status: number, headers: Readonly<Record<string, string>> = {}) {
  const response = new Response(null, { status, headers });
  closeToPages(response);
  return Object.fromEntries(response.headers);
}

test("closeToPages() closes answers to pages, except those that say who may show them", () => {
  const json = closed(200);
  expect(json["content-security-policy"]).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(json["cross-origin-resource-policy"]).toBe("same-origin");
  expect(closed(500)).toEqual(json);
  expect(closed(200, PICTURE_PAGE_HEADERS)).toEqual(PICTURE_PAGE_HEADERS);
  const shared = { "cross-origin-resource-policy": "cross-origin" };
  expect(closed(200, shared)).toEqual({ ...json, ...shared });
});

test("closeToPages() leaves a 304 unchanged", () => {
  expect(closed(304)).toEqual({});
});
