import { describe, expect, test } from "bun:test";
import type { RemoteContent } from "@progimage/core";
import { answerImage, answerNotModified, type ImageBytes } from "./image_answer.ts";

const ANSWER = {
  etag: '"a"',
  lastModified: "Tue, 01 Jan 2030 00:00:00 GMT",
  headers: { etag: '"a"', "content-type": "image/png", vary: "Accept" },
  notModifiedHeaders: { etag: '"a"', vary: "Accept" },
  cacheSeconds: 0,
};

const BYTES = Uint8Array.from({ length: 10 }, (_, index) => index);

const requestOf = (headers: Record<string, string> = {}, method = "GET") =>
  new Request("http://localhost/images/a", { method, headers });

/** Bytes elsewhere, and the signals with which they were read. */
class Elsewhere extends Blob implements RemoteContent {
  readonly signals: (AbortSignal | undefined)[] = [];
  checks = 0;

  override slice(start: number, end: number): Elsewhere {
    return Object.assign(new Elsewhere([super.slice(start, end)]), { signals: this.signals });
  }

  async check(): Promise<void> {
    this.checks++;
  }

  async begin({ signal }: { readonly signal?: AbortSignal } = {}) {
    this.signals.push(signal);
    return this.stream();
  }
}

describe.each([
  ["memory", () => BYTES],
  ["a file", () => new Blob([BYTES])],
  ["elsewhere", () => new Elsewhere([BYTES])],
] as const)("answerImage() with bytes from %s", (_name, make) => {
  const answerTo = async (request: Request, more = {}) =>
    await answerImage(request, ANSWER, { bytes: BYTES.length, content: make() } as ImageBytes, more);

  test("sends all of them", async () => {
    const response = await answerTo(requestOf());
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(await response.bytes()).toEqual(BYTES);
  });

  test.each([
    ["bytes=0-0", "bytes 0-0/10", [0]],
    ["bytes=8-", "bytes 8-9/10", [8, 9]],
    ["bytes=-3", "bytes 7-9/10", [7, 8, 9]],
    ["bytes=6-99", "bytes 6-9/10", [6, 7, 8, 9]],
  ] as const)("sends the range %s", async (range, contentRange, expected) => {
    const response = await answerTo(requestOf({ range }));
    expect([response.status, response.headers.get("content-range")]).toEqual([206, contentRange]);
    expect([...(await response.bytes())]).toEqual([...expected]);
  });

  test("refuses a range beyond the end without a body", async () => {
    const response = await answerTo(requestOf({ range: "bytes=10-" }));
    expect([response.status, response.headers.get("content-range")]).toEqual([416, "bytes */10"]);
    expect(response.headers.get("content-type")).toBeNull();
    expect(await response.text()).toBe("");
  });
});

describe("answerImage()", () => {
  const LARGE = new Uint8Array(1_048_577);

  test("streams large remote bytes until the client leaves, and announces their length", async () => {
    const content = new Elsewhere([LARGE]);
    const request = requestOf();
    const response = await answerImage(request, ANSWER, { bytes: LARGE.length, content });
    expect(response.headers.get("content-length")).toBe(String(LARGE.length));
    expect(content.signals).toEqual([request.signal]);
    expect((await response.bytes()).length).toBe(LARGE.length);
  });

  test("requests only the range of remote bytes", async () => {
    const content = new Elsewhere([BYTES]);
    const request = requestOf({ range: "bytes=1-2" });
    const response = await answerImage(request, ANSWER, { bytes: BYTES.length, content });
    expect(response.headers.get("content-length")).toBe("2");
    expect(content.signals).toEqual([request.signal]);
  });

  test("checks remote bytes for HEAD without reading them", async () => {
    const content = new Elsewhere([LARGE]);
    const request = requestOf({ range: "bytes=0-1" }, "HEAD");
    const response = await answerImage(request, ANSWER, { bytes: LARGE.length, content });
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "1048577"]);
    expect([content.checks, content.signals]).toEqual([1, []]);
  });

  test("keeps the Vary of the image and that of the answer", async () => {
    const response = await answerImage(
      requestOf(),
      ANSWER,
      { bytes: 10, content: BYTES },
      { vary: "Origin" },
    );
    expect(response.headers.get("vary")).toBe("Accept, Origin");
  });
});

test("answerNotModified() has no body and the headers of a 304, with further ones", () => {
  const response = answerNotModified(ANSWER, { "x-request-id": "1", vary: "Origin" });
  expect([response.status, response.body]).toEqual([304, null]);
  expect(Object.fromEntries(response.headers)).toEqual({
    etag: '"a"',
    vary: "Accept, Origin",
    "x-request-id": "1",
  });
});
