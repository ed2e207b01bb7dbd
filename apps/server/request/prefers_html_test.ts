import { expect, test } from "bun:test";
import { prefersHtml } from "./prefers_html.ts";

test.each([
  [null, false],
  ["", false],
  ["*/*", false],
  ["application/json", false],
  ["text/*", true],
  ["text/html", true],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
  ["application/json, text/html;q=0.9", false],
  ["application/json;q=0.1, text/html", true],
  ["text/html;q=0, */*", false],
])("prefersHtml() reads Accept: %p as %p", (accept, expected) => {
  const headers = new Headers(accept === null ? [] : [["accept", accept]]);
  expect(prefersHtml(new Request("http://localhost/", { headers }))).toBe(expected);
});
