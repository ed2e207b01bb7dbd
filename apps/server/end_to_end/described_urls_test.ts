import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProgImage } from "@progimage/client";
import { postJson, startPictureHost } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";
import { findStacks } from "./testing_stacks.ts";

interface Answer {
  readonly id: string;
  readonly code?: string;
  readonly select?: unknown;
  readonly items: readonly { readonly status: number; readonly image: { readonly id: string } }[];
}

let elsewhere: ReturnType<typeof startPictureHost>;
beforeAll(async () => {
  elsewhere = startPictureHost(await noise(1));
});
afterAll(() => elsewhere[Symbol.asyncDispose]());

const send = async (url: string, json: object, headers: Readonly<Record<string, string>> = {}) => {
  const response = await postJson(url, json, headers);
  return { status: response.status, headers: response.headers, json: (await response.json()) as Answer };
};

/** Three images, of which the first has no attributes of its own. */
function described() {
  const own = { tags: ["own"], metadata: { b: 2 }, focalPoint: { x: 0.5, y: 0.25 } };
  return {
    items: [
      { url: elsewhere.urlOf("a.jpg") },
      { url: elsewhere.urlOf("b.jpg"), name: "B", ...own, expiresAt: "2100-01-31T12:00:00Z" },
      { url: "http://127.0.0.1:1/gone.jpg", expiresIn: 60 },
    ],
    tags: ["all"],
    metadata: { a: 1 },
    expiresIn: 3600,
  };
}

async function expectDescribed(client: ProgImage, [first = "", second = ""]: readonly string[]) {
  const [a, b] = await Promise.all([client.images.get(first), client.images.get(second)]);
  expect(a).toMatchObject({ name: "a.jpg", tags: ["all"], metadata: { a: 1 }, focalPoint: null });
  expect(Date.parse(a.expiresAt ?? "") - Date.now()).toBeWithin(3_500_000, 3_600_001);
  expect([b.name, b.tags, b.metadata, b.focalPoint, b.expiresAt]).toEqual([
    "B",
    ["own"],
    { b: 2 },
    { x: 0.5, y: 0.25 },
    "2100-01-31T12:00:00.000Z",
  ]);
}

for (const { name, start } of await findStacks()) {
  describe.skipIf(!start)(`items with a URL and attributes, on ${name}`, () => {
    const begin = async () => {
      if (!start) throw new Error(`Cannot start a server on ${name}: it is not here`);
      return await start({ PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host });
    };

    test("are stored with their own and the common attributes", async () => {
      await using stack = await begin();
      const { client, url } = stack.server;
      for (const path of ["/images", "/images/batch"]) {
        const { json } = await send(url + path, described());
        expect(json.items.map(({ status }) => status)).toEqual([201, 201, 403]);
        await expectDescribed(
          client,
          json.items.slice(0, 2).map(({ image }) => image.id),
        );
      }
      const items = [{ url: elsewhere.urlOf("c.jpg"), name: null }, { url: elsewhere.urlOf("d.jpg") }];
      const { json } = await send(`${url}/images?name=all&expiresIn=60`, { items, expiresAt: null });
      expect(json.items).toMatchObject([
        { image: { name: "c.jpg", expiresAt: null } },
        { image: { name: "all", expiresAt: null } },
      ]);
    });

    test("become a job that shows only the URLs, if the client prefers not to wait", async () => {
      await using stack = await begin();
      const { client, url } = stack.server;
      const headers = { prefer: "respond-async", "idempotency-key": "later" };
      const begun = await send(`${url}/images`, described(), headers);
      expect([begun.status, begun.headers.get("preference-applied")]).toEqual([202, "respond-async"]);
      expect(begun.json.select).toEqual({ urls: null });
      const job = await client.jobs.get(begun.json.id);
      expect(await job.wait()).toMatchObject({ counts: { total: 3, succeeded: 2, failed: 1 } });
      const items = await Array.fromAsync(job.items());
      const sources: readonly object[] = items.map(({ source }) => source);
      expect(sources).toEqual(described().items.map((each) => ({ url: each.url })));
      await expectDescribed(
        client,
        items.slice(0, 2).map(({ results }) => results[0]?.imageId ?? ""),
      );
      const again = await send(`${url}/images`, described(), headers);
      expect([again.json.id, again.headers.get("idempotent-replayed")]).toEqual([job.id, "true"]);
      for (const change of [
        { tags: ["other"] },
        { expiresIn: 61, expiresAt: undefined },
        { name: "other" },
      ]) {
        const [first, ...others] = described().items;
        const other = { ...described(), items: [{ ...first, ...change }, ...others] };
        expect((await send(`${url}/images`, other, headers)).json.code).toBe("key_reused");
      }
    });
  });
}

describe("items with a URL and attributes", () => {
  let server: TestServer;
  beforeAll(async () => {
    const settings = { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host, PROGIMAGE_MAX_FILES: "3" };
    server = await startServer({ settings });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const later = { prefer: "respond-async" };

  test("are refused with the path of the error, and nothing is stored", async () => {
    const url = elsewhere.urlOf("a.jpg");
    const cases: readonly (readonly [string, object, object?])[] = [
      ["items/3/tags/0", { items: [{ url }, { url }, { url }, { url, tags: [1] }] }, later],
      ["items/1/tags/0", { items: [{ url }, { url, tags: [""] }] }],
      ["items/0/nmae", { items: [{ url, nmae: "a" }] }],
      ["items/0/expiresIn", { items: [{ url, expiresIn: 5, expiresAt: "2100-01-01" }] }],
      ["items/0/url", { items: [{ name: "a" }] }],
      ["items/1/url", { items: [{ url }, { url: "nonsense" }] }, later],
      ["items/0/idempotencyKey", { items: [{ url, idempotencyKey: "a b" }] }],
      ["items/0/idempotencyKey", { items: [{ url, idempotencyKey: "a" }] }, later],
      ["items", { items: [] }],
      ["items", { items: Array.from({ length: 4 }, () => ({ url })) }],
      ["tags/0", { items: [{ url }], tags: [1] }],
      ["", { items: [{ url }], urls: [url] }],
      ["", { items: [{ url }], url }],
    ];
    for (const [parameter, json, headers] of cases) {
      const response = await send(`${server.url}/images/batch`, json, { ...headers });
      expect([response.status, response.json]).toEqual([400, expect.objectContaining({ parameter })]);
    }
    expect(await server.client.images.count()).toMatchObject({ count: 0 });
  });

  test("are sent by the client in requests that the server takes, with a bad one among them", async () => {
    const metadataOf = (sku: number) => (sku === 4 ? "x".repeat(16_384) : sku);
    const sources = Array.from({ length: 7 }, (_, sku) => ({
      source: new URL(elsewhere.urlOf(`${sku}.jpg`)),
      metadata: { sku: metadataOf(sku) },
    }));
    const results = await server.client.images.uploadAll(sources, { tags: ["sent"] }).items();
    expect(results.map(({ name, status, image }) => [name, status, image?.metadata["sku"]])).toEqual(
      sources.map((_, sku) => (sku === 4 ? [null, 400, undefined] : [`${sku}.jpg`, 201, sku])),
    );
  });

  test("each have a key of their own, in any order", async () => {
    const [a, b] = ["a", "b"].map((key) => ({ url: elsewhere.urlOf(key), idempotencyKey: key }));
    const idsOf = async (...items: readonly object[]): Promise<readonly (string | null)[]> =>
      (await send(`${server.url}/images/batch`, { items })).json.items.map((item) => item.image?.id ?? null);
    const [first, second] = await idsOf(a ?? {}, b ?? {});
    const [, ...again] = await idsOf({ url: elsewhere.urlOf("c") }, b ?? {}, a ?? {});
    expect(again).toEqual([second ?? null, first ?? null]);
    expect(await idsOf({ ...a, tags: ["other"] })).toEqual([null]);
  });
});
