import { expect, test } from "bun:test";
import { prefersLines, streamItems } from "./item_stream.ts";

const REQUEST = new Request("http://localhost/images/export");

async function* numbers(count: number) {
  for (let number = 0; number < count; number++) yield { number };
}

test.each([
  [null, false],
  ["*/*", false],
  ["application/json, application/x-ndjson", false],
  ["application/x-ndjson", true],
  ["application/json;q=0.5, application/x-ndjson", true],
  ["application/x-ndjson;q=0.5, */*", false],
])("prefersLines() reads Accept: %p as %p", (accept, expected) => {
  const request = new Request(REQUEST, { headers: accept === null ? {} : { accept } });
  expect(prefersLines(request)).toBe(expected);
});

test.each([
  [0, '{"items":[]}', ""],
  [1, '{"items":[{"number":0}]}', '{"number":0}\n'],
  [2, '{"items":[{"number":0},{"number":1}]}', '{"number":0}\n{"number":1}\n'],
])("streamItems() writes %d items as one document or as lines", async (count, document, lines) => {
  const sent = async (asLines: boolean) => {
    const response = await streamItems(REQUEST, numbers(count), { asLines });
    return [response.headers.get("content-type"), await response.text()];
  };
  expect(await sent(false)).toEqual(["application/json", document]);
  expect(await sent(true)).toEqual(["application/x-ndjson", lines]);
});

test("streamItems() throws an error before the first item, and breaks off at a later one", async () => {
  async function* failAfter(count: number) {
    yield* numbers(count);
    throw new Error("no more items");
  }
  await expect(streamItems(REQUEST, failAfter(0), { asLines: true })).rejects.toThrow("no more items");
  const response = await streamItems(REQUEST, failAfter(1), { asLines: true });
  await expect(response.text()).rejects.toThrow("no more items");
});

test("streamItems() ends its producer when the client leaves", async () => {
  const ended = Promise.withResolvers<string>();
  async function* endless() {
    try {
      for (;;) yield { text: "x".repeat(1_000_000) };
    } finally {
      ended.resolve("ended");
    }
  }
  const { body } = await streamItems(REQUEST, endless(), { asLines: true });
  const reader = body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(await ended.promise).toBe("ended");
});
