import { expect, test } from "bun:test";
import { answerList } from "./list_answer.ts";

const requestOf = (query = "", headers = {}) => new Request(`http://localhost/images${query}`, { headers });

test("answerList() returns JSON with a weak tag, for the caller alone", async () => {
  const response = answerList(requestOf(), { items: [1] });
  expect(await response.json()).toEqual({ items: [1] });
  const { etag, ...headers } = Object.fromEntries(response.headers);
  expect(etag).toMatch(/^W\/"[a-z\d]+"$/);
  expect(headers).toEqual({ "cache-control": "private, no-cache", "content-type": "application/json" });
  const cacheControl = "public, max-age=60";
  const shared = answerList(requestOf(), { items: [] }, { cacheControl });
  expect(shared.headers.get("cache-control")).toBe(cacheControl);
});

test("answerList() answers 304 only to a caller that has the same items", async () => {
  const etag = answerList(requestOf(), { items: [1] }).headers.get("etag") ?? "";
  const again = (items: readonly unknown[], tag: string) =>
    answerList(requestOf("", { "if-none-match": tag }), { items });
  for (const tag of [etag, etag.replace("W/", ""), `"x", ${etag}`, "*"]) {
    const { status, body, headers } = again([1], tag);
    expect([status, body, headers.get("etag"), headers.get("content-type")]).toEqual([304, null, etag, null]);
  }
  expect([again([2], etag).status, again([1], '"x"').status]).toEqual([200, 200]);
});

test.each([
  ["", '<?cursor=a%2Fb>; rel="next"'],
  ["?limit=2&tag=a+b&tag=c", '<?limit=2&tag=a+b&tag=c&cursor=a%2Fb>; rel="next"'],
  ["?cursor=old&limit=2", '<?cursor=a%2Fb&limit=2>; rel="next"'],
])("answerList() links from %p to the next page", (query, link) => {
  expect(answerList(requestOf(query), { items: [], next: "a/b" }).headers.get("link")).toBe(link);
  expect(answerList(requestOf(query), { items: [], next: null }).headers.get("link")).toBeNull();
});
