import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** Far more than a refusal takes on a busy machine, and far less than walking through the value takes. */
const REFUSAL_MILLISECONDS = 150;
const TRIES = 5;

/** Returns text with `depth` nested lists or objects. */
function nested(depth: number, open = "[", close = "]"): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

describe("JSON that is nested deeply", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
    await server.client.images.upload(await twoColours());
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const post = (path: string, body: string) =>
    fetch(server.url + path, { method: "POST", headers: { "content-type": "application/json" }, body });

  const step = (value: string) => `{"steps":[{"transform":"resize","width":${value}}]}`;
  const bodies: readonly (readonly [path: string, body: string])[] = [
    ["/jobs", `{"select":{"ids":["x"]},"outputs":[${step(nested(250_000))}]}`],
    ["/jobs", `{"select":{"ids":["x"]},"outputs":[${step(nested(80_000, '{"a":', "}"))}]}`],
    [
      "/images/bulk",
      `{"action":"update","select":{"all":true},"patch":{"metadata":{"a":${nested(220_000)}}}}`,
    ],
    ["/render", step(nested(30_000))],
    ["/transforms/resize", `{"width":${nested(30_000)}}`],
    ["/images/import", `{"select":{"all":true},"attributes":{"metadata":{"a":${nested(30_000)}}}}`],
    ["/images", `{"url":"http://a.test/","metadata":{"a":${nested(30_000)}}}`],
  ];

  for (const [path, body] of bodies) {
    test(`is refused by POST ${path} at once: ${body.length} bytes`, async () => {
      const times: number[] = [];
      for (let index = 0; index < TRIES; index++) {
        const startedAt = performance.now();
        const response = await post(path, body);
        const { code, detail, limit } = await response.json();
        times.push(performance.now() - startedAt);
        expect([response.status, code, limit]).toEqual([400, "invalid_request", 64]);
        expect(detail).toBe(
          "Cannot read the body as lists and objects may be nested at most 64 deep: it is deeper",
        );
      }
      expect(Math.min(...times)).toBeLessThan(REFUSAL_MILLISECONDS);
    });
  }

  test("is refused in the fields of a form and in a URL as well", async () => {
    const form = (name: string, value: string) => {
      const body = new FormData();
      body.set(name, value);
      body.set("image", new File(["x"], "x"));
      return { method: "POST", body };
    };
    const id = "01890000-0000-7000-8000-000000000000";
    const answers = await Promise.all([
      fetch(`${server.url}/render`, form("recipe", step(nested(65)))),
      fetch(`${server.url}/images`, form("metadata", `{"a":${nested(65)}}`)),
      fetch(`${server.url}/images?metadata=${encodeURIComponent(`{"a":${nested(65)}}`)}`, { method: "POST" }),
      fetch(`${server.url}/images/${id}.png?resize=${encodeURIComponent(`{"width":${nested(65)}}`)}`),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect((await answer.json()).detail).toContain("nested at most 64 deep");
    }
  });

  test("is accepted up to the configured depth", async () => {
    await using strict = await startServer({ settings: { PROGIMAGE_MAX_JSON_DEPTH: "8" } });
    const { id } = await strict.client.images.upload(await twoColours());
    const patch = (depth: number) =>
      fetch(`${strict.url}/images/${id}`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: `{"metadata":{"a":${nested(depth)}}}`,
      });
    expect((await patch(6)).status).toBe(200);
    const refused = await patch(7);
    expect([refused.status, (await refused.json()).limit]).toEqual([400, 8]);
  });
});
