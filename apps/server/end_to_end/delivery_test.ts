import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { noise, twoColours } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

describe("delivery", () => {
  let server: TestServer;
  let picture: Uint8Array<ArrayBuffer>;
  let id: string;

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_CORS_ORIGINS: "https://app.example.com" } });
    picture = new Uint8Array(await twoColours());
    ({ id } = await server.client.images.upload(picture, { name: "zwei Farben.png" }));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);
  const withHeaders = (path: string, headers: Record<string, string>) => get(path, { headers });

  /** Each is requested twice: the second answer comes from the cache of answers. */
  const kinds = ["original", "render"] as const;
  const pathOf = (kind: (typeof kinds)[number]) =>
    kind === "original" ? `/images/${id}` : `/images/${id}.webp?resize=20x`;

  for (const kind of kinds) {
    describe(kind, () => {
      for (const time of ["first", "second"]) {
        test(`${time} time: whole, with complete headers`, async () => {
          const response = await get(pathOf(kind));
          const bytes = await response.bytes();
          expect(response.status).toBe(200);
          expect(Object.fromEntries(response.headers)).toMatchObject({
            "accept-ranges": "bytes",
            "content-length": String(bytes.length),
            "content-disposition": `inline; filename="zwei Farben.${kind === "original" ? "png" : "webp"}"`,
            "x-content-type-options": "nosniff",
            "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
          });
          if (kind === "original") expect(bytes).toEqual(picture);
        });

        test(`${time} time: HEAD has the same headers and no body`, async () => {
          const [head, whole] = [await get(pathOf(kind), { method: "HEAD" }), await get(pathOf(kind))];
          for (const name of ["content-length", "etag", "last-modified", "cache-control", "content-type"])
            expect(head.headers.get(name)).toBe(whole.headers.get(name));
          expect(Number(head.headers.get("content-length"))).toBe((await whole.bytes()).length);
          expect((await head.bytes()).length).toBe(0);
        });
      }

      test("answers 304 to a caller that has it, by tag or else by time", async () => {
        const { headers } = await get(pathOf(kind));
        const etag = headers.get("etag") ?? "";
        const modified = headers.get("last-modified") ?? "";
        const later = new Date(Date.parse(modified) + 60_000).toUTCString();
        const earlier = new Date(Date.parse(modified) - 1_000).toUTCString();
        const cases: readonly [Record<string, string>, number][] = [
          [{ "if-none-match": etag }, 304],
          [{ "if-none-match": `"x", W/${etag}` }, 304],
          [{ "if-none-match": "*" }, 304],
          [{ "if-none-match": '"x"' }, 200],
          [{ "if-none-match": '"x"', "if-modified-since": later }, 200],
          [{ "if-modified-since": modified }, 304],
          [{ "if-modified-since": later }, 304],
          [{ "if-modified-since": earlier }, 200],
          [{ "if-modified-since": "whenever" }, 200],
        ];
        for (const [asked, status] of cases) {
          const response = await withHeaders(pathOf(kind), asked);
          expect({ asked, status: response.status }).toEqual({ asked, status });
          if (status !== 304) continue;
          expect(response.headers.get("etag")).toBe(etag);
          expect(response.headers.get("cache-control")).toBe(headers.get("cache-control"));
          expect(response.headers.get("content-type")).toBeNull();
        }
      });

      test("evaluates conditions in the order of RFC 9110, ahead of a range", async () => {
        const { headers } = await get(pathOf(kind));
        const etag = headers.get("etag") ?? "";
        const modified = headers.get("last-modified") ?? "";
        const earlier = new Date(Date.parse(modified) - 1_000).toUTCString();
        const cases: readonly [Record<string, string>, number][] = [
          [{ "if-match": etag }, 206],
          [{ "if-match": `"x", ${etag}` }, 206],
          [{ "if-match": "*" }, 206],
          [{ "if-match": '"x"' }, 412],
          [{ "if-match": `W/${etag}` }, 412],
          [{ "if-match": '"x"', "if-none-match": etag }, 412],
          [{ "if-match": etag, "if-none-match": etag }, 304],
          [{ "if-match": etag, "if-unmodified-since": earlier }, 206],
          [{ "if-match": '"x"', "if-unmodified-since": modified }, 412],
          [{ "if-unmodified-since": modified }, 206],
          [{ "if-unmodified-since": earlier }, 412],
          [{ "if-unmodified-since": earlier, "if-none-match": etag }, 412],
          [{ "if-unmodified-since": "whenever" }, 206],
          [{ "if-match": etag, "if-range": '"x"' }, 200],
          [{ "if-match": '"x"', "if-range": etag }, 412],
        ];
        for (const [asked, status] of cases) {
          const response = await withHeaders(pathOf(kind), { ...asked, range: "bytes=0-3" });
          expect({ asked, status: response.status }).toEqual({ asked, status });
          if (status === 412) expect(await response.json()).toMatchObject({ code: "precondition_failed" });
          const head = await get(pathOf(kind), { method: "HEAD", headers: asked });
          expect({ asked, status: head.status }).toEqual({ asked, status: status === 206 ? 200 : status });
        }
      });

      test("returns the requested range of the requested version", async () => {
        const whole = await get(pathOf(kind));
        const etag = whole.headers.get("etag") ?? "";
        const modified = whole.headers.get("last-modified") ?? "";
        const bytes = await whole.bytes();
        const all = [200, bytes, null] as const;
        const cases: readonly [
          Record<string, string>,
          readonly [number, Uint8Array<ArrayBuffer>, string | null],
        ][] = [
          [{ range: "bytes=1-3" }, [206, bytes.subarray(1, 4), `bytes 1-3/${bytes.length}`]],
          [{ range: "bytes=5-" }, [206, bytes.subarray(5), `bytes 5-${bytes.length - 1}/${bytes.length}`]],
          [{ range: "bytes=0-999999" }, [206, bytes, `bytes 0-${bytes.length - 1}/${bytes.length}`]],
          [
            { range: "bytes=-4" },
            [206, bytes.subarray(-4), `bytes ${bytes.length - 4}-${bytes.length - 1}/${bytes.length}`],
          ],
          [{ range: "bytes=0-1,4-5" }, all],
          [{ range: "pages=1-2" }, all],
          [{ range: "bytes=x" }, [416, new Uint8Array(), `bytes */${bytes.length}`]],
          [{ range: `bytes=${bytes.length}-` }, [416, new Uint8Array(), `bytes */${bytes.length}`]],
          [
            { range: "bytes=1-3", "if-range": etag },
            [206, bytes.subarray(1, 4), `bytes 1-3/${bytes.length}`],
          ],
          [
            { range: "bytes=1-3", "if-range": modified },
            [206, bytes.subarray(1, 4), `bytes 1-3/${bytes.length}`],
          ],
          [{ range: "bytes=1-3", "if-range": '"x"' }, all],
          [{ range: "bytes=1-3", "if-range": `W/${etag}` }, all],
        ];
        for (const [asked, [status, part, contentRange]] of cases) {
          const response = await withHeaders(pathOf(kind), asked);
          expect({ asked, status: response.status }).toEqual({ asked, status });
          expect(response.headers.get("content-range")).toBe(contentRange);
          expect(await response.bytes()).toEqual(part);
        }
        const head = await get(pathOf(kind), { method: "HEAD", headers: { range: "bytes=1-3" } });
        expect(head.status).toBe(200);
      });

      test("is an attachment with a safe name if requested", async () => {
        const extension = kind === "original" ? "png" : "webp";
        const separator = kind === "original" ? "?" : "&";
        for (const [wish, disposition] of [
          ["download", `attachment; filename="zwei Farben.${extension}"`],
          ["download=my%20cat.exe", `attachment; filename="my cat.${extension}"`],
          ["download=..%2F..%2Fetc%2Fpasswd", `attachment; filename=passwd.${extension}`],
          [
            "download=%F0%9F%A6%8A%22%0D%0A.x",
            `attachment; filename="??\\".${extension}"; filename*=UTF-8''%F0%9F%A6%8A%22.${extension}`,
          ],
        ] as const) {
          const response = await get(`${pathOf(kind)}${separator}${wish}`);
          expect(response.headers.get("content-disposition")).toBe(disposition);
          expect(response.headers.get("etag")).toBe((await get(pathOf(kind))).headers.get("etag"));
        }
      });
    });
  }

  test("cold HEAD and cold Range render whole, and keep it", async () => {
    const head = await get(`/images/${id}.webp?resize=21x`, { method: "HEAD" });
    expect(head.headers.get("server-timing")).toContain("render;dur=");
    const after = await get(`/images/${id}.webp?resize=21x&v=1`);
    expect(after.headers.get("server-timing")).toBe("hit");
    expect(head.headers.get("content-length")).toBe(String((await after.bytes()).length));
    const part = await withHeaders(`/images/${id}.webp?resize=22x`, { range: "bytes=8-11" });
    expect([part.status, await part.text()]).toEqual([206, "WEBP"]);
    expect((await get(`/images/${id}.webp?resize=22x&v=1`)).headers.get("server-timing")).toBe("hit");
  });

  test("a cold 304 renders nothing", async () => {
    const path = `/images/${id}.webp?resize=23x`;
    const response = await withHeaders(path, { "if-none-match": "*" });
    expect(response.status).toBe(304);
    expect((await get(path)).headers.get("server-timing")).toContain("render;dur=");
  });

  test("reports the time of each stage", async () => {
    const { headers } = await get(`/images/${id}.webp?resize=24x`);
    expect(headers.get("server-timing")).toMatch(
      /^queue;dur=[\d.]+, load;dur=[\d.]+, render;dur=[\d.]+, store;dur=[\d.]+$/,
    );
  });

  test("each negotiated format is cached separately, and has its Vary header", async () => {
    const path = `/images/${id}.auto?resize=25x`;
    const types = ["image/avif,image/webp", "image/webp", "*/*", "image/webp;q=0,image/jpeg", "image/webp"];
    const expected = ["image/avif", "image/webp", "image/png", "image/jpeg", "image/webp"];
    for (const _ of [1, 2]) {
      const answers = await Promise.all(types.map((accept) => withHeaders(path, { accept })));
      expect(answers.map(({ headers }) => headers.get("content-type"))).toEqual(expected);
      for (const { headers } of answers) expect(headers.get("vary")).toBe("Accept, Origin");
    }
    const etag = (await withHeaders(path, { accept: "image/webp" })).headers.get("etag") ?? "";
    const same = await withHeaders(path, { accept: "image/webp", "if-none-match": etag });
    expect([same.status, same.headers.get("vary")]).toEqual([304, "Accept, Origin"]);
    const other = await withHeaders(path, { accept: "image/avif", "if-none-match": etag });
    expect(other.status).toBe(200);
  });

  test("a named format varies only by the origin", async () => {
    for (const _ of [1, 2]) expect((await get(`/images/${id}.webp`)).headers.get("vary")).toBe("Origin");
  });

  test("pages of allowed origins may call, others may not", async () => {
    for (const path of [`/images/${id}`, `/images/${id}`, "/transforms", "/nowhere"]) {
      const allowed = await withHeaders(path, { origin: "https://app.example.com" });
      expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
      expect(allowed.headers.get("access-control-expose-headers")).toContain("ETag");
      const refused = await withHeaders(path, { origin: "https://evil.example.com" });
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect(refused.headers.get("vary")).toBe("Origin");
    }
    const ask = (origin: string) =>
      get("/images", {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "cache-control,idempotency-key,traceparent,x-requested-with",
        },
      });
    const preflight = await ask("https://app.example.com");
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
    expect(preflight.headers.get("access-control-allow-headers")).toBe(
      "cache-control,idempotency-key,traceparent,x-requested-with",
    );
    expect((await ask("https://evil.example.com")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a change, a deletion and an expiry invalidate cached answers immediately", async () => {
    const image = await server.client.images.upload(await noise(40, 60, 40));
    const path = `/images/${image.id}.webp?thumbnail=20x20,gravity:focal`;
    const known = async () => {
      const response = await get(path);
      return { status: response.status, etag: response.headers.get("etag") };
    };
    const before = await known();
    expect(await known()).toEqual(before);
    await server.client.images.update(image.id, { focalPoint: { x: 0, y: 0 } });
    const after = await known();
    expect(after.status).toBe(200);
    expect(after.etag).not.toBe(before.etag);
    await server.client.images.update(image.id, { expiresAt: new Date(Date.now() + 300) });
    expect((await known()).status).toBe(200);
    await Bun.sleep(350);
    expect((await known()).status).toBe(404);
    const other = await server.client.images.upload(await noise(41, 60, 40));
    for (const _ of [1, 2]) expect((await get(`/images/${other.id}`)).status).toBe(200);
    await server.client.images.delete(other.id);
    expect((await get(`/images/${other.id}`)).status).toBe(410);
  });

  test("images in a recipe are looked up too", async () => {
    const mark = await server.client.images.upload(await noise(42, 8, 8));
    const path = `/images/${id}.png?watermark=image:${mark.id}`;
    for (const _ of [1, 2]) expect((await get(path)).status).toBe(200);
    await server.client.images.delete(mark.id);
    const response = await get(path);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      400,
      "invalid_parameter",
    ]);
  });

  test("an evicted render is rendered again", async () => {
    await using small = await startServer({ settings: { PROGIMAGE_MEMORY_CACHE_BYTES: "0" } });
    const image = await small.client.images.upload(await noise(43, 60, 40));
    const url = `${small.url}/images/${image.id}.webp?resize=30x`;
    const answers = [];
    for (let round = 0; round < 3; round++) {
      for (const _ of [1, 2]) {
        const response = await fetch(url);
        answers.push({ status: response.status, text: await response.text() });
      }
      const derivatives = join(small.dataDir, "fs", "derivatives");
      for (const file of await filesBelow(derivatives)) await rm(join(derivatives, file));
    }
    expect(answers[0]?.status).toBe(200);
    for (const answer of answers) expect<unknown>(answer).toEqual(answers[0]);
  });

  test("no path is confused with another, in any spelling", async () => {
    for (const path of [`/images/${id}.webp?resize=20x`, `/images/${id}`]) await get(path);
    const statuses = await Promise.all(
      [`//images/${id}`, `/images//${id}`, `/x/../images/x${id}`].map(
        async (path) => await rawStatus(server.url, path),
      ),
    );
    for (const status of statuses) expect(["HTTP/1.1 404", "HTTP/1.1 400"]).toContain(status);
    expect((await get(`/images/${id}`, { method: "POST" })).status).toBe(405);
  });
});

async function rawStatus(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer.slice(0, 12);
}
