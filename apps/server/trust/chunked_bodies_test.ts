import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RawAnswer, sendRaw } from "../end_to_end/testing_raw.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

describe("a body without Content-Length", () => {
  const LIMIT = 20_000;
  let server: TestServer;

  beforeAll(async () => {
    const settings = {
      PROGIMAGE_MAX_JSON_BYTES: String(LIMIT),
      PROGIMAGE_MAX_JOB_JSON_BYTES: String(2 * LIMIT),
      PROGIMAGE_MAX_REQUEST_BYTES: String(3 * LIMIT),
      PROGIMAGE_MAX_SELECTION_ITEMS: "1",
    };
    server = await startServer({ settings });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const codeOf = ({ status, body }: RawAnswer) => [status, JSON.parse(body).code, JSON.parse(body).limit];
  const sendChunks = (path: string, type: string, chunks: readonly string[]) => {
    const head = [`POST ${path} HTTP/1.1`, "Host: localhost", "Connection: close", `Content-Type: ${type}`];
    const body = [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
    return sendRaw(server.url, `${[...head, "Transfer-Encoding: chunked"].join("\r\n")}\r\n\r\n${body}`);
  };
  const json = (bytes: number) => ['{"nothing":"', "x".repeat(bytes / 2), "x".repeat(bytes / 2), '"}'];

  for (const [path, limit] of [
    ["/purge", LIMIT + 48],
    ["/render", LIMIT],
    ["/images", LIMIT],
    ["/images/import", LIMIT],
    ["/images/bulk", LIMIT + 48],
    ["/jobs", 2 * LIMIT],
  ] as const) {
    test(`is refused by POST ${path} beyond ${limit} bytes of JSON`, async () => {
      expect(codeOf(await sendChunks(path, "application/json", json(limit)))).toEqual([
        413,
        "too_large",
        limit,
      ]);
      expect((await sendChunks(path, "application/json", json(limit - 100))).status).toBe(400);
    });
  }

  const part = (name: string, bytes: number) =>
    `--x\r\ncontent-disposition: form-data; name="image"; filename="${name}"\r\n\r\n${"x".repeat(bytes)}\r\n`;
  const form = (parts: number) => [
    ...Array.from({ length: parts }, (_, index) => part(`${index}`, LIMIT / 2)),
    "--x--\r\n",
  ];

  test("is refused by POST /render beyond the bytes of a whole form", async () => {
    const type = "multipart/form-data; boundary=x";
    expect(codeOf(await sendChunks("/render", type, form(7)))).toEqual([413, "too_large", 3 * LIMIT]);
    expect(codeOf(await sendChunks("/render?resize=9x", type, form(1)))[0]).toBe(415);
  });

  test("is refused by POST /images beyond the byte limit of a form", async () => {
    const type = "multipart/form-data; boundary=x";
    const { body, status } = await sendChunks("/images", type, form(7));
    const statuses: readonly number[] = JSON.parse(body).items.map((item: { status: number }) => item.status);
    expect([status, statuses.at(-1)]).toEqual([200, 413]);
    expect(JSON.parse(body).items.at(-1).problem).toMatchObject({ code: "too_large", limit: 3 * LIMIT });
    const few = await sendChunks("/images", type, form(2));
    expect(few.body).not.toContain("too_large");
  });
});
