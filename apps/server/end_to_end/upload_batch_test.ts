import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { imageJson } from "../answer/image_json.ts";
import { answerBatch } from "../routes/uploads/upload_batch.ts";
import { tarOf } from "./testing_archives.ts";
import { postJson, startPictureHost } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

type ShownImage = ReturnType<typeof imageJson>;

const NO_IMAGE = new TextEncoder().encode("no image");
const ALL_STORED = { total: 1, succeeded: 1, failed: 0 };
const ONE_FAILED = { total: 2, succeeded: 1, failed: 1 };

describe("POST /images/batch", () => {
  let server: TestServer;
  let elsewhere: ReturnType<typeof startPictureHost>;
  let picture: Uint8Array<ArrayBuffer>;

  beforeAll(async () => {
    picture = new Uint8Array(await noise(1));
    elsewhere = startPictureHost(picture);
    server = await startServer({ settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host } });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });

  const post = (body: BodyInit, headers: Record<string, string> = {}, path = "/images/batch") =>
    fetch(`${server.url}${path}`, { method: "POST", body, headers });
  const form = (...files: readonly (readonly [string, Uint8Array<ArrayBuffer>])[]) => {
    const sent = new FormData();
    for (const [name, bytes] of files) sent.append("file", new File([bytes], name));
    return sent;
  };
  const tar = async (...files: readonly (readonly [string, Uint8Array])[]) =>
    post(await tarOf(files.map(([name, bytes]) => ({ name, bytes }))), {
      "content-type": "application/x-tar",
    });
  const urls = (json: object) => postJson(`${server.url}/images/batch`, json);
  const kept = (name: string | null, index = 0) => ({
    index,
    name,
    status: 201,
    image: expect.objectContaining({ id: expect.any(String) }),
  });
  const failed = (name: string | null, code: string, index = 0) => ({
    index,
    name,
    status: expect.any(Number),
    problem: expect.objectContaining({ code }),
  });

  test("has one shape for all kinds of bodies, with 200 if all were stored", async () => {
    const answers: readonly (readonly [string, Promise<Response>, string | null])[] = [
      ["raw", post(picture), null],
      ["form", post(form(["a.jpg", picture])), "a.jpg"],
      ["archive", tar(["b.jpg", picture]), "b.jpg"],
      ["url", urls({ url: elsewhere.urlOf("c.jpg") }), "c.jpg"],
      ["urls", urls({ urls: [elsewhere.urlOf("d.jpg")] }), "d.jpg"],
    ];
    for (const [about, sent, name] of answers) {
      const response = await sent;
      expect([about, response.status]).toEqual([about, 200]);
      expect(await response.json()).toEqual({ items: [kept(name)], counts: ALL_STORED });
    }
  });

  test("has the same shape and 207 if any image was not", async () => {
    const gone = "http://127.0.0.1:1/gone.jpg";
    const answers: readonly (readonly [Promise<Response>, string | null, string])[] = [
      [post(form(["a.jpg", picture], ["a.txt", NO_IMAGE])), "a.txt", "unsupported_media"],
      [tar(["a.jpg", picture], ["b.txt", NO_IMAGE]), "b.txt", "unsupported_media"],
      [urls({ urls: [elsewhere.urlOf("a.jpg"), gone] }), "gone.jpg", "source_refused"],
    ];
    for (const [sent, name, code] of answers) {
      const response = await sent;
      expect(response.status).toBe(207);
      expect(await response.json()).toEqual({
        items: [kept("a.jpg"), failed(name, code, 1)],
        counts: ONE_FAILED,
      });
    }
    const counts = { total: 1, succeeded: 0, failed: 1 };
    for (const [sent, name, code] of [
      [post(NO_IMAGE, {}, "/images/batch?name=x"), "x", "unsupported_media"],
      [post(form(["y", NO_IMAGE])), "y", "unsupported_media"],
      [urls({ url: gone }), "gone.jpg", "source_refused"],
    ] as const) {
      const response = await sent;
      expect(response.status).toBe(207);
      expect(await response.json()).toEqual({ items: [failed(name, code)], counts });
    }
  });

  test("has its counts in the last line, with 207, as lines begin before the outcome is known", async () => {
    const lines = { accept: "application/x-ndjson" };
    for (const [body, items, counts] of [
      [form(["a.jpg", picture]), [kept("a.jpg")], ALL_STORED],
      [
        form(["a.jpg", picture], ["b", NO_IMAGE]),
        [kept("a.jpg"), failed("b", "unsupported_media", 1)],
        ONE_FAILED,
      ],
    ] as const) {
      const response = await post(body, lines);
      expect([response.status, response.headers.get("content-type")]).toEqual([207, "application/x-ndjson"]);
      const told = (await response.text()).trimEnd().split("\n");
      expect(told.map((line) => JSON.parse(line))).toEqual([...items, { counts }]);
    }
  });

  test("is refused as a whole if the request is malformed, and can be a job", async () => {
    for (const response of [
      await post(picture, {}, "/images/batch?tagz=a"),
      await post(form()),
      await urls({ urls: [] }),
    ]) {
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
    const later = await post(form(["a.jpg", picture]), { prefer: "respond-async" });
    expect([later.status, await later.json()]).toEqual([
      202,
      expect.objectContaining({ id: expect.any(String) }),
    ]);
  });

  test("POST /images numbers and names its items as well", async () => {
    const two = form(["a.jpg", picture], ["b", NO_IMAGE]);
    const items = [kept("a.jpg"), failed("b", "unsupported_media", 1)];
    expect(await (await post(two, {}, "/images")).json()).toEqual({ items });
    const lines = await (await post(two, { accept: "application/x-ndjson" }, "/images")).text();
    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(items);
  });
});

test("answerBatch() begins a long answer before the outcome is known, with 207", async () => {
  const image = { name: "large", metadata: { text: "x".repeat(1_000_000) } } as unknown as ShownImage;
  async function* items() {
    for (let i = 0; i < 40; i++)
      yield { name: "large", status: 201, image, infoHeaders: {}, isReplayed: false } as const;
  }
  const response = await answerBatch(new Request("http://localhost/images/batch"), items());
  expect(response.status).toBe(207);
  const answer = (await response.json()) as { readonly items: unknown[]; readonly counts: object };
  expect([answer.items.length, answer.counts]).toEqual([40, { total: 40, succeeded: 40, failed: 0 }]);
});
