import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import { type ImageFilter, recipe } from "@progimage/client";
import sharp from "sharp";
import { noise, twoColours } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

describe("the server", () => {
  let server: TestServer;
  let picture: Uint8Array<ArrayBuffer>;
  let id: string;

  beforeAll(async () => {
    server = await startServer({
      settings: {
        PROGIMAGE_MAX_UPLOAD_BYTES: "300000",
        PROGIMAGE_MAX_JSON_BYTES: "5000",
        PROGIMAGE_METADATA_KEYS: "sku, album",
      },
    });
    picture = new Uint8Array(await twoColours());
    id = (await server.client.images.upload(picture, { name: "two colours.png", tags: ["test"] })).id;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
  const problem = async (response: Response) => {
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    return (await response.json()) as Record<string, unknown>;
  };

  describe("POST /images", () => {
    test("answers a raw body with the image and its location", async () => {
      const response = await get(
        "/images?name=raw.png&tag=a&tags=b&metadata=%7B%22n%22%3A1%7D&expiresIn=3600",
        {
          method: "POST",
          body: picture,
        },
      );
      expect(response.status).toBe(201);
      const image = (await response.json()) as Record<string, unknown>;
      expect(image).toMatchObject({
        name: "raw.png",
        format: "png",
        mediaType: "image/png",
        bytes: picture.length,
        width: 40,
        height: 20,
        pages: 1,
        hasAlpha: true,
        orientation: 1,
        colorSpace: "srgb",
        sha256: new Bun.CryptoHasher("sha256").update(picture).digest("hex"),
        tags: ["a", "b"],
        metadata: { n: 1 },
        focalPoint: null,
      });
      expect(Date.parse(String(image["expiresAt"])) - Date.parse(String(image["createdAt"]))).toBeCloseTo(
        3_600_000,
        -4,
      );
      expect(response.headers.get("location")).toBe(String(image["href"]));
      const original = await fetch(String(image["href"]));
      expect(new Uint8Array(await original.arrayBuffer())).toEqual(picture);
    });

    test("has null for a name that is unknown, also after a PATCH", async () => {
      for (const query of ["", "?name="]) {
        const stored = await get(`/images${query}`, { method: "POST", body: picture });
        expect(await stored.json()).toMatchObject({ name: null });
      }
      const { id: named } = await server.client.images.upload(picture, { name: "a" });
      expect((await server.client.images.update(named, { name: null })).name).toBeNull();
      const { items } = await server.client.images.list({ order: "name", limit: 3 }).page();
      expect(items.map(({ name }) => name)).toEqual([null, null, null]);
    });

    test("has the duration of an animation", async () => {
      const [frame, other] = [await sharp(picture).toBuffer(), await sharp(picture).negate().toBuffer()];
      const animation = await sharp([frame, other], { join: { animated: true } })
        .gif({ delay: [200, 300] })
        .toBuffer();
      for (const [bytes, traits] of [
        [picture, { isAnimated: false, durationMs: null, pages: 1, hasProfile: false, revision: 1 }],
        [animation, { isAnimated: true, durationMs: 500, pages: 2 }],
      ] as const) {
        const image = await server.client.images.upload(bytes);
        expect(image).toMatchObject(traits);
        expect((await server.client.images.update(image.id, { tags: ["a"] })).revision).toBe(2);
      }
    });

    test("detects the format by the bytes, regardless of type and name", async () => {
      const response = await get("/images?name=x.gif", {
        method: "POST",
        body: picture,
        headers: { "content-type": "application/pdf" },
      });
      expect(await response.json()).toMatchObject({ format: "png" });
    });

    test("answers a form with several files one by one, in their order", async () => {
      const form = new FormData();
      form.append("tag", "form");
      form.append("file", new File([picture], "one.png"));
      form.append("file", new File(["no image, however long this text may be"], "two.png"));
      form.append("name", "third");
      form.append("file", new File([new Uint8Array(await noise(1))], "three.jpg"));
      form.append("file", new File([new Uint8Array(400_000)], "large.bin"));
      form.append("file", new File([picture], '../../a "five".png'));
      const response = await get("/images", { method: "POST", body: form });
      expect(response.status).toBe(200);
      const { items } = (await response.json()) as {
        items: { status: number; image?: Record<string, unknown>; problem?: Record<string, unknown> }[];
      };
      expect(items.map(({ status }) => status)).toEqual([201, 415, 201, 413, 201]);
      expect(items[0]?.image).toMatchObject({ name: "one.png", tags: ["form"] });
      expect(items[1]?.problem).toMatchObject({ code: "unsupported_media" });
      expect(items[2]?.image).toMatchObject({ name: "third", format: "jpeg" });
      expect(items[3]?.problem).toMatchObject({ code: "too_large", limit: 300_000 });
      expect(items[4]?.image?.["name"]).toBe('a "five".png');
    });

    test("answers a form with one file as it answers a raw body", async () => {
      const form = new FormData();
      form.append("file", new File([picture], "one.png"));
      const response = await get("/images", { method: "POST", body: form });
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ name: "one.png" });
      const bad = new FormData();
      bad.append("file", new File(["text that is no image"], "x"));
      const refused = await get("/images", { method: "POST", body: bad });
      expect(refused.status).toBe(415);
      expect(await problem(refused)).toMatchObject({ code: "unsupported_media" });
    });

    test("stores an upload with an Idempotency-Key once", async () => {
      const send = (body: Uint8Array<ArrayBuffer>) =>
        get("/images", { method: "POST", body, headers: { "idempotency-key": "my-key" } });
      const [first, again] = [await send(picture), await send(picture)];
      expect([first.status, again.status]).toEqual([201, 201]);
      expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([
        null,
        "true",
      ]);
      expect(await again.json()).toEqual(await first.json());
      const other = await send(new Uint8Array(await noise(77)));
      expect(other.status).toBe(422);
      expect(await problem(other)).toMatchObject({ code: "key_reused" });
    });

    test("answers a repeated form of two files with an Idempotency-Key with the same two images", async () => {
      const send = async () => {
        const form = new FormData();
        form.append("file", new File([picture], "one.png"));
        form.append("file", new File([new Uint8Array(await noise(78))], "two.jpg"));
        const headers = { "idempotency-key": "my-form" };
        const response = await get("/images", { method: "POST", body: form, headers });
        const { items } = (await response.json()) as { items: { image?: { id: string } }[] };
        return items.map(({ image }) => image?.id ?? "none");
      };
      const first = await send();
      expect(new Set(first).size).toBe(2);
      expect(first).not.toContain("none");
      expect(await send()).toEqual(first);
    });

    test("refuses a form that breaks off within a file, with the reason", async () => {
      const body = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\nhalf';
      const headers = { "content-type": "multipart/form-data; boundary=b" };
      const response = await get("/images", { method: "POST", body, headers });
      expect(response.status).toBe(400);
      expect(await problem(response)).toMatchObject({ code: "invalid_request" });
    });

    const refusals: readonly (readonly [
      why: string,
      status: number,
      code: string,
      path: string,
      init: () => RequestInit,
    ])[] = [
      ["an empty body", 400, "invalid_request", "/images", () => ({ body: "" })],
      ["a form without a file", 400, "invalid_request", "/images", () => ({ body: new FormData() })],
      [
        "a form without a boundary",
        400,
        "invalid_request",
        "/images",
        () => ({ body: "x", headers: { "content-type": "multipart/form-data" } }),
      ],
      [
        "a form that breaks off",
        400,
        "invalid_request",
        "/images",
        () => ({
          body: '--b\r\ncontent-disposition: form-data; name="t',
          headers: { "content-type": "multipart/form-data; boundary=b" },
        }),
      ],
      ["too many bytes", 413, "too_large", "/images", () => ({ body: new Uint8Array(300_001) })],
      ["text", 415, "unsupported_media", "/images", () => ({ body: "hello" })],
      [
        "a broken image",
        422,
        "broken_image",
        "/images",
        () => ({ body: picture.slice(0, picture.length - 40) }),
      ],
      [
        "a parameter that nobody knows",
        400,
        "unknown_parameter",
        "/images?nmae=x",
        () => ({ body: picture }),
      ],
      ["metadata that is no JSON", 400, "invalid_request", "/images?metadata=%7B", () => ({ body: picture })],
      [
        "an expiry that is no time",
        400,
        "invalid_parameter",
        "/images?expiresAt=soon",
        () => ({ body: picture }),
      ],
      [
        "a name that is too long",
        400,
        "invalid_parameter",
        `/images?name=${"x".repeat(256)}`,
        () => ({ body: picture }),
      ],
    ];
    for (const [why, status, code, path, init] of refusals) {
      test(`refuses ${why} and leaves nothing behind`, async () => {
        const before = (await filesBelow(join(server.dataDir, "fs"))).toSorted();
        const response = await get(path, { method: "POST", ...init() });
        expect(response.status).toBe(status);
        expect(await problem(response)).toMatchObject({
          code,
          status,
          requestId: response.headers.get("x-request-id"),
        });
        expect((await filesBelow(join(server.dataDir, "fs"))).toSorted()).toEqual(before);
      });
    }
  });

  test("a file that curl -d has changed is refused with how to send it", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = picture.filter((byte) => ![0, 10, 13].includes(byte));
    for (const path of ["/images", "/render?flip", "/transforms/flip"]) {
      const { detail } = await problem(await get(path, { method: "POST", headers, body }));
      expect(detail).toContain("--data-binary @file");
    }
    const whole = await get("/images", { method: "POST", headers, body: picture });
    expect(whole.status).toBe(201);
  });

  describe("GET /images/{id}", () => {
    test("returns the original bytes, with complete headers", async () => {
      const response = await get(`/images/${id}`);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(picture);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "image/png",
        "content-length": String(picture.length),
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-disposition": 'inline; filename="two colours.png"',
        etag: `"${new Bun.CryptoHasher("sha256").update(picture).digest("hex")}"`,
      });
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    });

    test("answers HEAD with the same headers and no body", async () => {
      for (const path of [`/images/${id}`, `/images/${id}.webp?resize=10x`]) {
        const [head, whole] = [await get(path, { method: "HEAD" }), await get(path)];
        expect(head.status).toBe(200);
        expect((await head.arrayBuffer()).byteLength).toBe(0);
        expect(head.headers.get("content-length")).toBe(String((await whole.arrayBuffer()).byteLength));
        expect(head.headers.get("etag")).toBe(whole.headers.get("etag"));
      }
    });

    test("serves ranges", async () => {
      const response = await get(`/images/${id}`, { headers: { range: "bytes=1-3" } });
      expect(response.status).toBe(206);
      expect(await response.text()).toBe("PNG");
      expect(response.headers.get("content-range")).toBe(`bytes 1-3/${picture.length}`);
      expect((await get(`/images/${id}`, { headers: { range: `bytes=${picture.length}-` } })).status).toBe(
        416,
      );
    });

    test("answers 304 to a caller that has it", async () => {
      for (const path of [`/images/${id}`, `/images/${id}.png`, `/images/${id}/info`]) {
        const etag = (await get(path)).headers.get("etag") ?? "";
        const response = await get(path, { headers: { "if-none-match": `"other", W/${etag}` } });
        expect(response.status).toBe(304);
        expect(response.headers.get("etag")).toBe(etag);
      }
    });

    test("returns an SVG as an attachment, and as PNG when it is rendered", async () => {
      const svg =
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>';
      const image = await server.client.images.upload(new Blob([svg]));
      expect(image.format).toBe("svg");
      expect((await get(`/images/${image.id}`)).headers.get("content-disposition")).toBe("attachment");
      expect((await get(`/images/${image.id}?resize=4x`)).headers.get("content-type")).toBe("image/png");
    });

    for (const wrong of ["x", "..%2f..%2fetc%2fpasswd", "01890000-0000-7000-8000-000000000000", "%00", "%"]) {
      test(`answers 404 to the id ${wrong}`, async () => {
        const response = await get(`/images/${wrong}`);
        expect(response.status).toBe(404);
        expect(await problem(response)).toMatchObject({ code: "image_not_found" });
      });
    }
  });

  describe("GET /images/{id}.{ext}", () => {
    for (const [extension, format, mediaType] of [
      ["jpg", "jpeg", "image/jpeg"],
      ["jpeg", "jpeg", "image/jpeg"],
      ["png", "png", "image/png"],
      ["webp", "webp", "image/webp"],
      ["avif", "heif", "image/avif"],
      ["gif", "gif", "image/gif"],
      ["tiff", "tiff", "image/tiff"],
    ] as const) {
      test(`converts to ${extension}`, async () => {
        const response = await get(`/images/${id}.${extension}`);
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe(mediaType);
        expect(response.headers.get("cache-control")).toBe(
          "public, max-age=86400, stale-while-revalidate=604800",
        );
        const { format: found, width, height } = await sharp(await response.arrayBuffer()).metadata();
        expect({ found, width, height }).toEqual({ found: format, width: 40, height: 20 });
      });
    }

    test("applies steps in the written order", async () => {
      const red = await sharp(await (await get(`/images/${id}.png?crop=10x10,x:0,y:0&flop`)).arrayBuffer())
        .raw()
        .toBuffer();
      const blue = await sharp(await (await get(`/images/${id}.png?flop&crop=10x10,x:0,y:0`)).arrayBuffer())
        .raw()
        .toBuffer();
      expect([...red.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
      expect([...blue.subarray(0, 3)]).toEqual([0, 0, 255]);
    });

    test("returns the same bytes and entity tag for all spellings of a recipe", async () => {
      const [one, other] = [
        await get(`/images/${id}.webp?resize=20x10`),
        await get(`/images/${id}.webp?resize=height:10,width:20&v=7`),
      ];
      expect(one.headers.get("etag")).toBe(other.headers.get("etag"));
      expect(await one.bytes()).toEqual(await other.bytes());
    });

    test("is immutable only under the version that its href has", async () => {
      const image = await server.client.images.upload(await noise(8));
      const versionOf = ({ href }: { readonly href: string }) => new URL(href).searchParams.get("v") ?? "";
      const cacheControl = async (version: string) => {
        const response = await get(`/images/${image.id}.webp?resize=20x&v=${version}`);
        return response.headers.get("cache-control");
      };
      const forever = "public, max-age=31536000, immutable";
      const forADay = "public, max-age=86400, stale-while-revalidate=604800";
      const before = versionOf(image);
      for (const version of [before, before]) expect(await cacheControl(version)).toBe(forever);
      for (const version of ["", "0", `${before}x`]) expect(await cacheControl(version)).toBe("no-cache");
      const open = await get(`/images/${image.id}.webp?resize=20x`);
      expect(open.headers.get("cache-control")).toBe(forADay);
      expect(versionOf(await server.client.images.update(image.id, { name: "new" }))).toBe(before);
      const after = versionOf(await server.client.images.update(image.id, { focalPoint: { x: 0, y: 0 } }));
      for (const [version, expected] of [
        [before, "no-cache"],
        [after, forever],
      ] as const)
        for (let hits = 0; hits < 2; hits++) expect(await cacheControl(version)).toBe(expected);
    });

    test("auto selects by the Accept header, and varies by it", async () => {
      const browser = await get(`/images/${id}.auto`, {
        headers: { accept: "image/avif,image/webp,*/*;q=0.8" },
      });
      expect(browser.headers.get("content-type")).toBe("image/avif");
      expect(browser.headers.get("vary")).toBe("Accept");
      const picky = await get(`/images/${id}?resize=10x`, {
        headers: { accept: "image/avif;q=0,image/webp" },
      });
      expect(picky.headers.get("content-type")).toBe("image/webp");
      const any = await get(`/images/${id}?format=auto`, { headers: { accept: "*/*" } });
      expect(any.headers.get("content-type")).toBe("image/png");
    });

    test("auto judges the size of the result, not that of the original", async () => {
      const plain = { width: 2_100, height: 1_000, channels: 3, background: "teal" } as const;
      const large = await server.client.images.upload(await sharp({ create: plain }).jpeg().toBuffer());
      const typeOf = async (query: string) => {
        const headers = { accept: "image/avif,image/webp" };
        return (await get(`/images/${large.id}.auto?${query}`, { headers })).headers.get("content-type");
      };
      expect([await typeOf("resize=100x"), await typeOf("flip")]).toEqual(["image/avif", "image/webp"]);
    });

    for (const [query, code, words] of [
      ["bmp", "unknown_format", "jpeg"],
      ["webp?resise=10x", "unknown_transform", "resize"],
      ["webp?resize=0x", "invalid_parameter", "width"],
      ["webp?resize=widht:10", "unknown_parameter", "width"],
      ["webp?resize=9000x", "invalid_parameter", "8192"],
      ["webp?%", "invalid_request", "%"],
      ["webp?save=true", "unknown_parameter", "save"],
      [`webp?${"flip&".repeat(33)}`, "invalid_request", "32"],
    ] as const) {
      test(`refuses .${query.slice(0, 40)} with a hint`, async () => {
        const response = await get(`/images/${id}.${query}`);
        const found = await problem(response);
        expect([400, 404, 422]).toContain(response.status);
        expect(String(found["code"])).toMatch(new RegExp(`^(?:${code})$`));
        expect(JSON.stringify(found)).toContain(words);
      });
    }
  });

  describe("GET /images", () => {
    test("pages through everything, newest first", async () => {
      const all = await Array.fromAsync(server.client.images.list({ limit: 2 }));
      const ids = all.map((image) => image.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(ids.toSorted().toReversed());
      expect(ids).toContain(id);
    });

    test("links to the next page, under any path prefix of a proxy", async () => {
      const first = await get("/images?limit=1&order=name");
      const { next } = (await first.json()) as { readonly next: string };
      const [, target = ""] = /^<(.*)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
      expect(new URL(target, "https://example.com/media/images?x=1").href).toBe(
        `https://example.com/media/images?limit=1&order=name&cursor=${next}`,
      );
      expect((await get("/images?limit=1000")).headers.get("link")).toBeNull();
    });

    test("follows changes: a filter can imply the order", async () => {
      const { client } = server;
      const images = [
        await client.images.upload(await noise(61)),
        await client.images.upload(await noise(62)),
      ];
      const { updatedAt } = await client.images.update(images[0]?.id ?? "", { name: "changed.jpg" });
      const changed = await Array.fromAsync(client.images.list({ updatedFrom: updatedAt, limit: 1 }));
      expect(changed.map(({ id }) => id)).toEqual([images[0]?.id ?? ""]);
      const all = await Array.fromAsync(client.images.list({ updatedFrom: images[0]?.createdAt }));
      expect(all.slice(-2).map(({ id }) => id)).toEqual(images.map(({ id }) => id).toReversed());
      const named = await Array.fromAsync(client.images.list({ namePrefix: "chan" }));
      expect(named.map(({ name }) => name)).toEqual(["changed.jpg"]);
    });

    test("finds by several tags and a format", async () => {
      const { client } = server;
      const both = await client.images.upload(await noise(63), { tags: ["one", "two"] });
      await client.images.upload(await noise(64), { tags: ["one"] });
      const found = async (filter: ImageFilter) =>
        (await Array.fromAsync(client.images.list({ ...filter, limit: 1 }))).map(({ id }) => id);
      expect(await found({ tag: ["one", "two"], format: "jpeg" })).toEqual([both.id]);
      expect(await found({ tag: ["one", "two"], format: "png" })).toEqual([]);
      expect(await found({ tag: ["one"], format: "jpeg" })).toHaveLength(2);
      expect(await client.images.count({ tag: "one", format: "jpeg" })).toEqual({ count: 2, isExact: true });
      expect((await client.images.count()).count).toBeGreaterThan(2);
      await expect(client.images.count({ tag: "a", namePrefix: "b" })).rejects.toMatchObject({ status: 400 });
      expect((await get("/images/count?limit=1")).status).toBe(400);
      const filter = { tag: ["one", "two"] };
      expect(await Array.fromAsync(client.images.select({ filter }).describe())).toMatchObject([
        { id: both.id },
      ]);
    });

    test("finds by metadata, under the keys that the operator has declared", async () => {
      const { client } = server;
      const { id: wanted } = await client.images.upload(await noise(65), {
        metadata: { sku: "A-1", other: "x" },
      });
      const metadata = { sku: "A-1" };
      expect(await Array.fromAsync(client.images.list({ metadata }))).toMatchObject([{ id: wanted }]);
      expect(await client.images.count({ metadata, format: "jpeg" })).toEqual({ count: 1, isExact: true });
      expect(await Array.fromAsync(client.images.select({ filter: { metadata } }).describe())).toHaveLength(
        1,
      );
      const refused = await get("/images?metadata.other=x");
      expect(refused.status).toBe(400);
      expect(await problem(refused)).toMatchObject({
        code: "unknown_parameter",
        parameter: "metadata.other",
        known: expect.arrayContaining(["metadata.sku", "metadata.album"]),
      });
    });

    test("finds by tag, and refuses filters without an index", async () => {
      const found = await Array.fromAsync(server.client.images.list({ tag: "test" }));
      expect(found.map((image) => image.id)).toEqual([id]);
      for (const query of [
        "order=bytes&tag=a",
        "order=bytes&namePrefix=a",
        "namePrefix=a&updatedFrom=2030-01-01",
        "updatedFrom=2030-01-01&order=createdAt",
        "createdFrom=2030-01-01&order=updatedAt",
        "createdFrom=soon",
        "format=jpg",
        "metadata.sku=a&order=name",
        "cursor=x",
        "limit=0",
        "limit=1001",
        "order=width",
        "tag=a&tag=b&order=name",
        "tag=a&tag=b&tag=c&tag=d&tag=e",
      ]) {
        const response = await get(`/images?${query}`);
        expect({ query, status: response.status }).toEqual({ query, status: 400 });
        expect(await problem(response)).toMatchObject({ code: "invalid_parameter" });
      }
      for (const query of ["x=1", "metadata=x", "metadata.__proto__=a"])
        expect(await problem(await get(`/images?${query}`))).toMatchObject({ code: "unknown_parameter" });
      for (const query of ["limit=1&limit=2", "metadata.sku=a&metadata.sku=b"])
        expect(await problem(await get(`/images?${query}`))).toMatchObject({
          code: "conflicting_parameters",
        });
      expect(await problem(await get("/images?order=name&order=name"))).toMatchObject({
        code: "conflicting_parameters",
        parameter: "order",
      });
    });
  });

  describe("PATCH and DELETE /images/{id}", () => {
    const patch = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      get(path, {
        method: "PATCH",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/merge-patch+json", ...headers },
      });

    test("PATCH merges, and If-Match guards", async () => {
      const image = await server.client.images.upload(await noise(2), { metadata: { kept: 1, gone: 2 } });
      const path = `/images/${image.id}/info`;
      const etag = (await get(path)).headers.get("etag") ?? "";
      const changed = await patch(
        path,
        { name: "new", tags: ["x"], focalPoint: { x: 0.5, y: 0.25 }, metadata: { gone: null, more: [1] } },
        { "if-match": etag },
      );
      expect(changed.status).toBe(200);
      expect(await changed.json()).toMatchObject({
        name: "new",
        tags: ["x"],
        focalPoint: { x: 0.5, y: 0.25 },
        metadata: { kept: 1, more: [1] },
      });
      const tagged = await patch(path, { tags: { add: ["y"], remove: ["x"] } });
      expect(await tagged.json()).toMatchObject({ tags: ["y"] });
      const late = await patch(path, { name: "late" }, { "if-match": etag });
      expect(late.status).toBe(412);
      expect(await problem(late)).toMatchObject({ code: "precondition_failed" });
      expect((await server.client.images.get(image.id)).name).toBe("new");
    });

    test("a 201 has the ETag of the description, which PATCH accepts on both paths", async () => {
      const stored = await get("/images", { method: "POST", body: new Uint8Array(await noise(5)) });
      const image = (await stored.json()) as { readonly href: string; readonly infoHref: string };
      const etag = stored.headers.get("etag") ?? "";
      expect(stored.headers.get("content-location")).toBe(image.infoHref);
      const described = await fetch(image.infoHref);
      expect([described.headers.get("etag"), await described.json()]).toEqual([etag, image]);
      const itself = new URL(image.href).pathname;
      const renamed = await patch(itself, { name: "first" }, { "if-match": etag });
      expect([renamed.status, renamed.headers.get("content-location")]).toEqual([200, image.infoHref]);
      for (const path of [itself, `${itself}/info`])
        expect((await patch(path, { name: "late" }, { "if-match": etag })).status).toBe(412);
      const next = { "if-match": `"other", ${renamed.headers.get("etag")}` };
      expect((await patch(`${itself}/info`, { name: "second" }, next)).status).toBe(200);
    });

    test("PATCH refuses the ETag of the picture, and names that of the description", async () => {
      const image = await server.client.images.upload(await noise(6));
      const picture = (await get(`/images/${image.id}`)).headers.get("etag") ?? "";
      for (const path of [`/images/${image.id}`, `/images/${image.id}/info`]) {
        const refused = await patch(path, { name: "new" }, { "if-match": picture });
        expect(refused.status).toBe(412);
        expect(await problem(refused)).toMatchObject({
          detail: expect.stringContaining("/images/{id}/info"),
        });
      }
    });

    test("DELETE accepts the ETag of the picture and that of the description, and no other", async () => {
      for (const path of ["", "/info"]) {
        const image = await server.client.images.upload(await noise(7));
        const etag = (await get(`/images/${image.id}${path}`)).headers.get("etag") ?? "";
        const remove = (ifMatch: string) =>
          get(`/images/${image.id}`, { method: "DELETE", headers: { "if-match": ifMatch } });
        expect((await remove('"other"')).status).toBe(412);
        expect((await remove(etag)).status).toBe(204);
      }
    });

    test("conditions besides If-Match guard reads and changes of an image too", async () => {
      const image = await server.client.images.upload(await noise(9));
      const [itself, info] = [`/images/${image.id}`, `/images/${image.id}/info`];
      const { headers } = await get(info);
      const etag = headers.get("etag") ?? "";
      const modified = headers.get("last-modified") ?? "";
      const earlier = new Date(Date.parse(modified) - 1_000).toUTCString();
      expect(modified).toBe(new Date(image.updatedAt).toUTCString());
      const reads: readonly [Record<string, string>, number][] = [
        [{ "if-match": '"x"' }, 412],
        [{ "if-match": etag, "if-none-match": etag }, 304],
        [{ "if-unmodified-since": earlier }, 412],
        [{ "if-unmodified-since": modified }, 200],
        [{ "if-modified-since": modified }, 304],
      ];
      for (const [asked, status] of reads)
        expect({ asked, status: (await get(info, { headers: asked })).status }).toEqual({ asked, status });
      const refusals: readonly Record<string, string>[] = [
        { "if-unmodified-since": new Date(0).toUTCString() },
        { "if-none-match": "*" },
        { "if-none-match": etag },
      ];
      for (const asked of refusals)
        for (const answer of [
          await patch(info, { name: "new" }, asked),
          await get(itself, { method: "DELETE", headers: asked }),
          await get(`${itself}/erase`, { method: "POST", headers: asked }),
        ])
          expect({ asked, status: answer.status }).toEqual({ asked, status: 412 });
      const fresh = { "if-unmodified-since": modified, "if-modified-since": modified };
      expect((await patch(info, { name: "new" }, fresh)).status).toBe(200);
    });

    test("of a PATCH and a DELETE with the same If-Match, one succeeds", async () => {
      for (let tries = 0; tries < 30; tries++) {
        const stored = await get("/images", { method: "POST", body: new Uint8Array(await noise(8)) });
        const { id: racedId } = (await stored.json()) as { readonly id: string };
        const guard = { "if-match": stored.headers.get("etag") ?? "" };
        const answers = await Promise.all([
          patch(`/images/${racedId}`, { name: "new" }, guard),
          get(`/images/${racedId}`, { method: "DELETE", headers: guard }),
        ]);
        const [patched = 0, removed = 0] = answers.map(({ status }) => status);
        expect([`${[200, 412]}`, `${[410, 204]}`]).toContain(`${[patched, removed]}`);
      }
    });

    test("PATCH refuses what it does not understand and changes nothing", async () => {
      const path = `/images/${id}`;
      for (const body of [
        { width: 1 },
        { tags: "a" },
        { focalPoint: { x: 2, y: 0 } },
        { expiresAt: "soon" },
        { metadata: [] },
        { name: "\u0000" },
      ]) {
        const response = await patch(path, body);
        expect({ body, status: response.status }).toEqual({ body, status: 400 });
      }
      expect((await patch(path, "{")).status).toBe(400);
      expect((await patch(path, "[]")).status).toBe(400);
      expect((await patch(path, { metadata: { x: "y".repeat(6_000) } })).status).toBe(413);
      expect((await patch("/images/01890000-0000-7000-8000-000000000000", {})).status).toBe(404);
      expect(await server.client.images.get(id)).toMatchObject({ name: "two colours.png", tags: ["test"] });
    });

    test("DELETE forgets an image once, and its renders with it", async () => {
      const image = await server.client.images.upload(await noise(3));
      expect((await get(`/images/${image.id}.webp`)).status).toBe(200);
      expect((await get(`/images/${image.id}`, { method: "DELETE" })).status).toBe(204);
      for (const path of ["", ".webp", "/info"])
        expect((await get(`/images/${image.id}${path}`)).status).toBe(410);
      expect((await get(`/images/${image.id}`, { method: "DELETE" })).status).toBe(410);
      expect(await server.client.images.delete(image.id)).toBe(false);
    });

    test("an image is gone when it expires", async () => {
      const image = await server.client.images.upload(await noise(4), {
        expiresAt: new Date(Date.now() + 150),
      });
      await Bun.sleep(200);
      expect((await get(`/images/${image.id}`)).status).toBe(404);
    });
  });

  describe("everything else", () => {
    test("unknown paths and methods are problems too", async () => {
      const nowhere = await get("/nowhere");
      expect(nowhere.status).toBe(404);
      expect(await problem(nowhere)).toMatchObject({ code: "route_not_found" });
      for (const [path, suggestion] of [
        [`/images/${id}/?flip`, `/images/${id}`],
        [`/images/${id}.webp/`, `/images/${id}.webp`],
        [`/images/${id}%2Ewebp`, `/images/${id}.webp`],
        ["/images/", "/images"],
        [`/images/${id}/info/`, `/images/${id}/info`],
      ] as const) {
        const respelled = await get(path);
        expect([path, respelled.status]).toEqual([path, 404]);
        expect(await problem(respelled)).toMatchObject({ code: "route_not_found", suggestion });
      }
      const put = await get(`/images/${id}`, { method: "PUT", body: "x" });
      expect(put.status).toBe(405);
      expect(put.headers.get("allow")).toBe("DELETE, GET, HEAD, OPTIONS, PATCH");
      expect(await problem(put)).toMatchObject({ code: "method_not_allowed" });
    });

    test("an id in capitals is the same id, wherever it is written", async () => {
      const upper = id.toUpperCase();
      const info = (await (await get(`/images/${id}/info`)).json()) as object;
      expect((await (await get(`/images/${upper}/info`)).json()) as object).toEqual(info);
      const query = `resize=10x&mask=image:${upper}`;
      const bytes = await (await get(`/images/${id}.png?${query.replace(upper, id)}`)).bytes();
      for (const _ of [1, 2])
        expect(await (await get(`/images/${upper}.png?${query}`)).bytes()).toEqual(bytes);
      expect(await Array.fromAsync(server.client.images.select({ ids: [upper] }).describe())).toMatchObject([
        { status: 200, id },
      ]);
      const outputs = [recipe().flip()];
      const job = await server.client.jobs.create({ select: { ids: [upper] }, outputs, deliver: "images" });
      const other = await get(`/jobs/${job.id.toUpperCase()}`);
      expect((await other.json()) as object).toMatchObject({ id: job.id });
      expect(await job.wait()).toMatchObject({ status: "succeeded" });
    });

    test("/healthz and /readyz answer", async () => {
      expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
      expect(await (await get("/readyz")).json()).toEqual({ status: "ready", notices: [] });
    });

    test("/transforms shows what can be done", async () => {
      const { items } = (await (await get("/transforms")).json()) as { items: { name: string }[] };
      const names = items.map(({ name }) => name);
      expect(names).toEqual(names.toSorted());
      for (const name of ["compress", "crop", "flip", "flop", "resize", "rotate"])
        expect(names).toContain(name);
    });

    test("/transforms/{name} shows one of them", async () => {
      const { items } = (await (await get("/transforms")).json()) as { readonly items: { name: string }[] };
      const blur = items.find(({ name }) => name === "blur");
      expect((await (await get("/transforms/blur")).json()) as object).toEqual(blur ?? {});
      const missing = await get("/transforms/blurr");
      expect(missing.status).toBe(404);
      expect(await problem(missing)).toMatchObject({
        code: "transform_not_found",
        suggestion: "blur",
        known: expect.arrayContaining(["blur"]),
      });
      expect((await get("/presets/none")).status).toBe(404);
    });

    test("the log line of a request has the client's address and the code of its problem", async () => {
      const requests: readonly (readonly [id: string, path: string, init: RequestInit, code?: string])[] = [
        ["log-a", `/images/${id}`, { headers: { "x-forwarded-for": "203.0.113.9" } }],
        ["log-b", "/images/none", {}, "image_not_found"],
        ["log-c", "/nowhere", {}, "route_not_found"],
        ["log-d", "/images", { method: "PUT" }, "method_not_allowed"],
        ["log-e", "/images", { headers: { host: "evil.example" } }, "host_refused"],
        ["log-f", "/images", { method: "POST", body: formOf("no picture") }, "unsupported_media"],
        ["log-g", "/images/bulk", { method: "POST", body: "{}" }, "media_type_refused"],
      ];
      for (const [requestId, path, { headers, ...init }] of requests)
        await get(path, { ...init, headers: { ...headers, "x-request-id": requestId } as HeadersInit });
      const lineOf = (requestId: string) =>
        server
          .log()
          .split("\n")
          .find((line) => line.includes(`"requestId":"${requestId}"`));
      await until("the log has the last line", async () => lineOf("log-g") !== undefined);
      for (const [requestId, , , code] of requests) {
        const line = JSON.parse(lineOf(requestId) ?? "{}") as Record<string, unknown>;
        const address = requestId === "log-a" ? "203.0.113.9" : "127.0.0.1";
        expect([requestId, line["address"], line["code"]]).toEqual([requestId, address, code]);
      }
      expect(lineOf("log-a")).toContain('"forwardedFor":"203.0.113.9"');
    });

    test("a request keeps the id that a proxy gave it, if it is a plain one", async () => {
      expect(
        (await get("/healthz", { headers: { "x-request-id": "abc-123" } })).headers.get("x-request-id"),
      ).toBe("abc-123");
      expect(
        (await get("/healthz", { headers: { "x-request-id": "a b" } })).headers.get("x-request-id"),
      ).toMatch(/^[0-9a-f-]{36}$/);
      // The server writes its log with a delay.
      const isLogged = () => server.log().includes('"requestId":"abc-123"');
      await until("the request is logged", isLogged);
    });
  });
});

function formOf(text: string): FormData {
  const form = new FormData();
  form.append("file", new Blob([text]), "a.jpg");
  return form;
}
