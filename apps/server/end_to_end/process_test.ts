import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import { unzipSync } from "fflate";
import sharp from "sharp";
import { noise, twoColours } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

const PNG = { "content-type": "image/png" };

describe("services that process images", () => {
  let server: TestServer;
  let png: Buffer;
  let storedId: string;
  /** Serves images at `/red.png`, and misbehaves elsewhere. */
  let elsewhere: ReturnType<typeof Bun.serve>;
  /** The number of requests to it. */
  let asked = 0;

  beforeAll(async () => {
    png = await twoColours();
    elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) => {
        asked++;
        if (url.endsWith("/red.png")) return new Response(new Uint8Array(png), { headers: PNG });
        return new Response("not here", { status: 404 });
      },
    });
    const presets = join(import.meta.dir, "testing_presets.json");
    server = await startServer({
      settings: {
        PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${elsewhere.port}`,
        PROGIMAGE_PRESETS: presets,
        PROGIMAGE_MAX_OUTPUTS: "20",
      },
    });
    ({ id: storedId } = await server.client.images.upload(png, { name: "two.png" }));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere.stop(true);
  });

  const post = (
    path: string,
    posted?: Uint8Array | FormData | string,
    headers: Record<string, string> = PNG,
  ) => {
    const body = posted instanceof Uint8Array ? new Uint8Array(posted) : posted;
    return fetch(`${server.url}${path}`, {
      method: "POST",
      body,
      headers: body instanceof FormData ? {} : headers,
    });
  };
  const postJson = (path: string, json: unknown) =>
    post(path, JSON.stringify(json), { "content-type": "application/json" });
  const sizeOf = async (response: Response) => {
    if (!response.ok) throw new Error(await response.text());
    const { width, height, format } = await sharp(await response.bytes()).metadata();
    return { width, height, format };
  };
  const problemOf = async (response: Response): Promise<Record<string, unknown>> => {
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    return (await response.json()) as Record<string, unknown>;
  };
  const form = (files: Readonly<Record<string, Buffer>>, fields: Readonly<Record<string, string>> = {}) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    for (const [name, bytes] of Object.entries(files))
      data.append(name, new Blob([new Uint8Array(bytes)]), `${name}.png`);
    return data;
  };
  const leftovers = async () => await filesBelow(join(server.dataDir, "tmp"));

  describe("POST /images with JSON", () => {
    test("stores an image that lies at a URL", async () => {
      const url = `http://127.0.0.1:${elsewhere.port}/red.png`;
      const response = await postJson("/images?tag=far", { url, metadata: { a: 1 } });
      expect(response.status).toBe(201);
      const image = (await response.json()) as { readonly id: string };
      expect(image).toMatchObject({ name: "red.png", tags: ["far"], metadata: { a: 1 }, format: "png" });
      expect(await (await server.client.image(image.id).fetch()).bytes()).toEqual(new Uint8Array(png));
    });

    test("stores many, with the outcome for each", async () => {
      const at = `http://127.0.0.1:${elsewhere.port}`;
      const urls = [`${at}/red.png`, `${at}/none`, "http://127.0.0.1:1/", "ftp://example.com/a", "nonsense"];
      const response = await postJson("/images", { urls });
      const { items } = (await response.json()) as { readonly items: readonly object[] };
      expect(items).toMatchObject([
        { status: 201, image: { name: "red.png" } },
        { status: 422, problem: { code: "source_not_found", parameter: "url" } },
        { status: 403, problem: { code: "source_refused", parameter: "url" } },
        { status: 403, problem: { code: "source_refused", parameter: "url" } },
        { status: 400, problem: { code: "invalid_parameter", parameter: "url" } },
      ]);
    });

    test("fetches a URL once that a request has several times", async () => {
      const before = asked;
      const at = `http://127.0.0.1:${elsewhere.port}/red.png`;
      const response = await postJson("/images", { urls: [at, `${at}#again`, at, at] });
      const { items } = (await response.json()) as { readonly items: readonly { image: { id: string } }[] };
      expect(asked).toBe(before + 1);
      const ids = items.map(({ image }) => image.id);
      expect(new Set(ids).size).toBe(4);
      for (const id of ids)
        expect(await (await server.client.image(id).fetch()).bytes()).toEqual(new Uint8Array(png));
      expect(await filesBelow(join(server.dataDir, "fs", "incoming"))).toEqual([]);
    });

    test("refuses what names no URL", async () => {
      const cases = [
        [{}, { parameter: "", known: ["url", "urls", "items"] }],
        [{ url: 1 }, { parameter: "url" }],
        [{ urls: [] }, { parameter: "urls" }],
        [{ urls: [1] }, { parameter: "urls/0" }],
        [
          { url: "http://a.example/", urls: ["http://a.example/"] },
          { parameter: "", code: "conflicting_parameters" },
        ],
      ] as const;
      for (const [json, problem] of cases)
        expect(await problemOf(await postJson("/images", json))).toMatchObject({ status: 400, ...problem });
      expect(
        await problemOf(await postJson("/images", { url: "http://a.example/", nmae: "x" })),
      ).toMatchObject({
        status: 400,
        parameter: "nmae",
      });
    });
  });

  describe("POST /transforms/{name}", () => {
    test("processes a raw body, in the source's own format, and keeps nothing", async () => {
      const response = await post("/transforms/resize?width=20", png);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(await sizeOf(response)).toEqual({ width: 20, height: 10, format: "png" });
      expect(await leftovers()).toEqual([]);
    });

    test("works on a form, whose fields are parameters as well", async () => {
      const response = await post("/transforms/rotate?format=webp", form({ image: png }, { angle: "90" }));
      expect(await sizeOf(response)).toEqual({ width: 20, height: 40, format: "webp" });
    });

    test("works on JSON", async () => {
      const response = await postJson("/transforms/resize", { source: storedId, width: 10, format: "jpg" });
      expect(await sizeOf(response)).toEqual({ width: 10, height: 5, format: "jpeg" });
    });

    test("works on a stored image and on a URL, without a body", async () => {
      const url = encodeURIComponent(`http://127.0.0.1:${elsewhere.port}/red.png`);
      for (const source of [storedId, url]) {
        const response = await fetch(`${server.url}/transforms/flip?source=${source}`, { method: "POST" });
        expect(await sizeOf(response)).toEqual({ width: 40, height: 20, format: "png" });
      }
      expect(await leftovers()).toEqual([]);
    });

    test("takes the format from Accept where it names one", async () => {
      const response = await post("/transforms/flop", png, { ...PNG, accept: "image/webp,*/*" });
      expect(response.headers.get("content-type")).toBe("image/webp");
      const types = ["IMAGE/JPEG", "image/jpeg;q=0.1, image/tiff", "image/*", "text/html"].map(
        async (accept) => (await post("/render?flop", png, { ...PNG, accept })).headers.get("content-type"),
      );
      expect(await Promise.all(types)).toEqual(["image/jpeg", "image/tiff", "image/png", "image/png"]);
    });

    test("gives the same pixels as the URL of the image", async () => {
      const query = "width=30&height=30&fit=cover";
      const posted = await post(`/transforms/resize?${query}`, png);
      const fetched = await fetch(`${server.url}/images/${storedId}.png?resize=30x30,fit:cover`);
      expect(await posted.bytes()).toEqual(await fetched.bytes());
    });

    test("stores the result when told to", async () => {
      const response = await post(`/transforms/resize?width=20&source=${storedId}&save=true&format=webp`);
      expect(response.status).toBe(201);
      const image = (await response.json()) as Record<string, unknown>;
      expect(image).toMatchObject({ format: "webp", width: 20, height: 10, name: "two.webp" });
      expect(response.headers.get("location")).toBe(String(image["href"]));
      expect((await server.client.image(String(image["id"])).fetch()).status).toBe(200);
      expect(await filesBelow(join(server.dataDir, "fs", "incoming"))).toEqual([]);
    });

    test("refuses what it cannot read, and names the parameter", async () => {
      const cases: readonly [path: string, body: Buffer | undefined, status: number, problem: object][] = [
        ["/transforms/rezise?width=20", png, 404, { code: "transform_not_found", suggestion: "resize" }],
        ["/transforms/resize?widht=20", png, 400, { code: "unknown_parameter", suggestion: "width" }],
        ["/transforms/resize?width=-1", png, 400, { code: "invalid_parameter", parameter: "width" }],
        ["/transforms/resize?width=20&width=30", png, 400, { parameter: "width" }],
        ["/transforms/resize?width=20&format=bmp", png, 400, { parameter: "format" }],
        ["/transforms/resize?width=20&save=perhaps", png, 400, { parameter: "save" }],
        ["/transforms/resize?width=20", undefined, 400, { parameter: "source" }],
        ["/transforms/resize?width=20", Buffer.from("no image"), 415, { code: "unsupported_media" }],
        ["/transforms/resize?width=20&source=../etc", undefined, 400, { parameter: "source" }],
        [
          `/transforms/resize?width=20&source=${crypto.randomUUID()}`,
          undefined,
          400,
          { parameter: "source" },
        ],
        [`/transforms/resize?width=20&source=${Bun.randomUUIDv7()}`, undefined, 404, { parameter: "source" }],
        ["/transforms/resize?width=20&source=http://127.0.0.1:1/", undefined, 403, { parameter: "source" }],
        [
          `/transforms/resize?width=20&source=http://127.0.0.1:${elsewhere.port}/none`,
          undefined,
          422,
          { code: "source_not_found", parameter: "source" },
        ],
      ];
      for (const [path, body, status, problem] of cases) {
        const response = await post(path, body);
        expect(await problemOf(response)).toMatchObject({ status, ...problem });
      }
      expect(await leftovers()).toEqual([]);
    });

    test("answers 502 for a source that cannot be reached", async () => {
      const closed = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
      const { port } = closed;
      await closed.stop(true);
      await using other = await startServer({
        settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${port}` },
      });
      const response = await fetch(`${other.url}/transforms/flip?source=http://127.0.0.1:${port}/a.png`, {
        method: "POST",
      });
      expect(await problemOf(response)).toMatchObject({ status: 502, code: "source_unreachable" });
    });

    test("fetches nothing where the operator does not want it", async () => {
      await using other = await startServer({ settings: { PROGIMAGE_FETCH: "false" } });
      const response = await fetch(`${other.url}/transforms/flip?source=https://example.com/a.png`, {
        method: "POST",
      });
      expect(await problemOf(response)).toMatchObject({ status: 501, code: "feature_disabled" });
    });
  });

  describe("images in steps", () => {
    const half = async () =>
      await sharp({ create: { width: 10, height: 10, channels: 3, background: "#fff" } })
        .extend({ right: 10, background: "#000" })
        .png()
        .toBuffer();
    /** Returns the opacities on the left and on the right. */
    const opacities = async (response: Response) => {
      if (!response.ok) throw new Error(await response.text());
      const image = sharp(await response.bytes())
        .ensureAlpha()
        .raw();
      const { data, info } = await image.toBuffer({ resolveWithObject: true });
      const middle = (info.height >> 1) * info.width;
      return [data[(middle + 2) * 4 + 3], data[(middle + info.width - 3) * 4 + 3]];
    };

    test("are parts of the form, images of the repository, or lie at URLs", async () => {
      const mask = await half();
      const { id } = await server.client.images.upload(mask);
      const at = `http://127.0.0.1:${elsewhere.port}/red.png`;
      const byPart = await post(
        "/transforms/mask?image=@shape&format=png",
        form({ image: png, shape: mask }),
      );
      expect(await opacities(byPart)).toEqual([255, 0]);
      const byId = await post(`/transforms/mask?image=${id}&format=png`, png);
      expect(await opacities(byId)).toEqual([255, 0]);
      const inUrl = await fetch(`${server.url}/images/${storedId}.png?mask=image:${id},invert`);
      expect(await opacities(inUrl)).toEqual([0, 128]);
      const byUrl = await postJson("/transforms/watermark", { source: storedId, image: at, format: "png" });
      expect(await sizeOf(byUrl)).toEqual({ width: 40, height: 20, format: "png" });
      const steps = [{ transform: "watermark", image: "@logo", gravity: "west" }];
      const inForm = form({ image: png, logo: mask }, { recipe: JSON.stringify({ steps, format: "png" }) });
      expect(await sizeOf(await post("/render", inForm))).toEqual({ width: 40, height: 20, format: "png" });
      expect(await leftovers()).toEqual([]);
    });

    test("are part of the key of a derivative, by their bytes", async () => {
      const [one, same, other] = await Promise.all(
        [await half(), await half(), png].map((bytes) => server.client.images.upload(bytes)),
      );
      const tag = async (id: string | undefined) =>
        (await fetch(`${server.url}/images/${storedId}.png?mask=image:${id}`)).headers.get("etag");
      expect(await tag(same?.id)).toBe(await tag(one?.id));
      expect(await tag(other?.id)).not.toBe(await tag(one?.id));
    });

    test("that are missing cause a problem that names the parameter", async () => {
      const missing = { parameter: "image", status: 400, code: "invalid_parameter" };
      const id = Bun.randomUUIDv7();
      const inUrl = (query: string) => fetch(`${server.url}/images/${storedId}.png?${query}`);
      expect(await problemOf(await inUrl(`mask=image:${id}`))).toMatchObject(missing);
      expect(await problemOf(await inUrl("mask=image:@part"))).toMatchObject(missing);
      expect(await problemOf(await inUrl("mask=image:http://example.com/a.png"))).toMatchObject(missing);
      expect(await problemOf(await inUrl("mask=image:nonsense"))).toMatchObject(missing);
      expect(await problemOf(await post("/transforms/mask?image=@part", png))).toMatchObject(missing);
      expect(await problemOf(await post(`/transforms/mask?image=${id}`, png))).toMatchObject(missing);
      const none = `http://127.0.0.1:${elsewhere.port}/none`;
      expect(await problemOf(await post(`/transforms/mask?image=${none}`, png))).toMatchObject({
        parameter: "image",
        status: 422,
        code: "source_not_found",
      });
      const broken = form({ image: png, shape: Buffer.from("no image") });
      expect(await problemOf(await post("/transforms/mask?image=@shape", broken))).toMatchObject({
        parameter: "image",
        status: 415,
      });
      expect(await leftovers()).toEqual([]);
    });
  });

  test("a thumbnail follows the focal point that is stored with the image", async () => {
    const { id } = await server.client.images.upload(png);
    const side = async () => {
      const response = await fetch(`${server.url}/images/${id}.png?thumbnail=10x10`);
      const { data } = await sharp(await response.bytes())
        .raw()
        .toBuffer({ resolveWithObject: true });
      const [red = 0, , blue = 0] = data;
      return { isRed: red > blue, etag: response.headers.get("etag") };
    };
    await server.client.images.update(id, { focalPoint: { x: 0.1, y: 0.5 } });
    const left = await side();
    expect(left.isRed).toBe(true);
    await server.client.images.update(id, { focalPoint: { x: 0.9, y: 0.5 } });
    const right = await side();
    expect(right.isRed).toBe(false);
    expect(right.etag).not.toBe(left.etag);
  });

  test("a result that is stored once more by the same Idempotency-Key is the same image", async () => {
    const headers = { ...PNG, "idempotency-key": crypto.randomUUID() };
    const store = async () => await post("/transforms/flip?save=true", png, headers);
    const [first, second] = [await store(), await store()];
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(((await second.json()) as { id: string }).id).toBe(((await first.json()) as { id: string }).id);
  });

  test("a result that exceeds its byte limit is a 422 that names the smallest size", async () => {
    const noisy = await noise(3, 400, 300);
    const problem = await problemOf(await post("/transforms/compress?maxBytes=100&format=jpg", noisy));
    expect(problem).toMatchObject({ status: 422, code: "does_not_fit", smallest: expect.any(Number) });
    const fits = await post("/transforms/compress?maxBytes=12000&format=jpg", noisy);
    expect((await fits.bytes()).length).toBeLessThanOrEqual(12_000);
  });

  describe("POST /render", () => {
    test("carries out the recipe of its query in order", async () => {
      const response = await post("/render?rotate=90&resize=10x&format=webp", png);
      expect(await sizeOf(response)).toEqual({ width: 10, height: 20, format: "webp" });
    });

    test("carries out a recipe of JSON, in the body and in a form", async () => {
      const recipe = { steps: [{ transform: "resize", width: 8 }], format: "png" };
      const size = { width: 8, height: 4, format: "png" } as const;
      expect(await sizeOf(await postJson("/render", { ...recipe, source: storedId }))).toEqual(size);
      const posted = form({ image: png }, { recipe: JSON.stringify(recipe) });
      expect(await sizeOf(await post("/render", posted))).toEqual(size);
    });

    test("knows presets, in their latest version and in an earlier one", async () => {
      expect(await sizeOf(await post("/render?preset=small", png))).toEqual({
        width: 8,
        height: 4,
        format: "webp",
      });
      expect(await sizeOf(await post("/render?preset=small@1&format=png", png))).toMatchObject({
        width: 4,
        format: "png",
      });
      const fetched = await fetch(`${server.url}/images/${storedId}?preset=small`);
      expect(await sizeOf(fetched)).toEqual({ width: 8, height: 4, format: "webp" });
      const problem = await problemOf(await post("/render?preset=smal", png));
      expect(problem).toMatchObject({
        status: 404,
        code: "preset_not_found",
        parameter: "preset",
        suggestion: "small",
      });
    });

    test("makes caches revalidate results of a preset without a version", async () => {
      const { id, href } = await server.client.images.upload(png);
      for (const [preset, isImmutable] of [
        ["small", false],
        ["small@2", true],
        ["small%402", true],
        ["small@2&preset=small", false],
      ] as const) {
        const response = await fetch(
          `${server.url}/images/${id}?preset=${preset}&${new URL(href).searchParams}`,
        );
        const isKept = response.headers.get("cache-control")?.includes("immutable");
        expect([preset, response.status, isKept]).toEqual([preset, 200, isImmutable]);
      }
    });

    test("gives several results as a zip, each as a single call gives it", async () => {
      const outputs = [
        { name: "tiny", steps: [{ transform: "resize", width: 4 }], format: "png" },
        { name: "turned", steps: [{ transform: "rotate", angle: 90 }], format: "webp" },
        { preset: "small" },
      ];
      const files = await unzip(await postJson("/render", { source: storedId, outputs }));
      expect([...files.keys()]).toEqual(["tiny.png", "turned.webp", "3.webp"]);
      const single = await fetch(`${server.url}/images/${storedId}.webp?rotate=90`);
      expect(files.get("turned.webp")).toEqual(await single.bytes());
      expect(await leftovers()).toEqual([]);
    });

    test("works on many images, and lists what went wrong", async () => {
      const sources = [storedId, Bun.randomUUIDv7()];
      const response = await postJson("/render", {
        sources,
        outputs: [{ format: "png" }, { format: "gif" }],
      });
      const files = await unzip(response);
      expect([...files.keys()]).toEqual(["1/1.png", "1/2.gif", "errors.json"]);
      const { errors } = JSON.parse(Buffer.from(files.get("errors.json") ?? []).toString());
      expect(errors).toMatchObject([
        { source: 2, output: 1, name: "2/1", problem: { status: 404 } },
        { source: 2, output: 2, name: "2/2", problem: { status: 404 } },
      ]);
    });

    test("stores several results", async () => {
      const outputs = [{ steps: [{ transform: "resize", width: 5 }] }, { format: "gif" }];
      const response = await postJson("/render", { source: storedId, outputs, save: { tags: ["made"] } });
      const { items } = (await response.json()) as { items: { status: number; image: { tags: string[] } }[] };
      expect(items).toMatchObject([
        { status: 201, image: { format: "png", width: 5, tags: ["made"] } },
        { status: 201, image: { format: "gif", width: 40, tags: ["made"] } },
      ]);
    });

    test("derives results from one decode when told to, with nearly the same pixels", async () => {
      const photo = await sharp(await noise(1, 1200, 900))
        .blur(3)
        .jpeg()
        .toBuffer();
      const { id } = await server.client.images.upload(photo);
      const widths = [400, 200, 100];
      const outputs = widths.map((width) => ({
        name: String(width),
        steps: [{ transform: "resize", width }],
        format: "png",
      }));
      const [apart, shared] = await Promise.all(
        [false, true].map(async (reuse) => unzip(await postJson("/render", { source: id, outputs, reuse }))),
      );
      for (const width of widths) {
        const pixels = [apart, shared].map(async (files) => {
          const { data, info } = await sharp(files?.get(`${width}.png`))
            .raw()
            .toBuffer({ resolveWithObject: true });
          expect(info).toMatchObject({ width, height: width * 0.75 });
          return data;
        });
        const [one, other] = await Promise.all(pixels);
        const worst = Math.max(...(one ?? []).map((value, index) => Math.abs(value - (other?.[index] ?? 0))));
        expect(worst).toBeLessThan(24);
      }
      expect(shared?.get("100.png")).not.toEqual(apart?.get("100.png"));
      expect(await leftovers()).toEqual([]);
    });

    test("refuses more results than allowed, and recipes that contradict themselves", async () => {
      const outputs = Array.from({ length: 21 }, () => ({ format: "png" }));
      const cases: readonly [json: object, problem: object][] = [
        [
          { source: storedId, outputs },
          { code: "invalid_request", limit: 20 },
        ],
        [
          { source: storedId, sources: [storedId] },
          { code: "conflicting_parameters", parameter: "sources" },
        ],
        [{ source: storedId, outputs: [{ steps: [{ transform: "blurr" }] }] }, { code: "unknown_transform" }],
        [{ source: storedId, outputs: [{ name: "../x" }] }, { parameter: "outputs/0/name" }],
        [
          {
            source: storedId,
            outputs: [{}, { steps: [{ transform: "flip" }, { transform: "resize", width: 0 }] }],
          },
          { parameter: "outputs/1/steps/1/width" },
        ],
        [{ source: storedId, outputs: [{ name: "a" }, { name: "a" }] }, { parameter: "outputs" }],
        [{ source: storedId, outputs: [{}], steps: [] }, { parameter: "steps" }],
        [{ source: storedId, outputs: [] }, { parameter: "outputs" }],
        [{ sourec: storedId }, { code: "unknown_parameter", parameter: "sourec" }],
        [{ source: storedId, save: { nmae: "x" } }, { parameter: "save/nmae" }],
      ];
      for (const [json, problem] of cases) {
        expect(await problemOf(await postJson("/render", json))).toMatchObject({ status: 400, ...problem });
      }
    });

    test("processes the sources of the query, the form and its JSON together", async () => {
      const recipe = JSON.stringify({ source: storedId, steps: [{ transform: "flip" }], format: "gif" });
      const query = `source=${storedId}&source=${storedId}`;
      const files = await unzip(await post(`/render?${query}`, form({ image: png }, { recipe })));
      expect([...files.keys()]).toEqual(["1/1.gif", "2/1.gif", "3/1.gif", "4/1.gif"]);
      const twice = await post("/render?save&save=false", png);
      expect(await problemOf(twice)).toMatchObject({ status: 400, parameter: "save" });
      expect((await post("/render?flip&reuse", png)).status).toBe(400);
    });

    test("leaves nothing behind when the client leaves before the zip begins", async () => {
      const outputs = Array.from({ length: 3 }, () => ({ format: "png" }));
      for (let count = 0; count < 10; count++) {
        const controller = new AbortController();
        const body = form({ image: png }, { recipe: JSON.stringify({ outputs }) });
        const asking = fetch(`${server.url}/render`, { method: "POST", body, signal: controller.signal });
        await Bun.sleep(count);
        controller.abort();
        await asking.catch(() => {});
      }
      await until("no file is left", async () => {
        const left = await leftovers();
        return left.length === 0 || left;
      });
    });

    test("leaves nothing behind when the client leaves in the middle of a zip", async () => {
      const photo = await noise(2, 2000, 1500);
      const { id } = await server.client.images.upload(photo);
      const outputs = Array.from({ length: 12 }, (_, index) => ({
        steps: [{ transform: "resize", width: 1500 + index }],
        format: "png",
      }));
      const controller = new AbortController();
      const response = await fetch(`${server.url}/render`, {
        method: "POST",
        body: JSON.stringify({ source: id, outputs }),
        headers: { "content-type": "application/json" },
        signal: controller.signal,
      });
      await response.body?.getReader().read();
      controller.abort();
      await until("no file is left", async () => {
        const left = await leftovers();
        return left.length === 0 || left;
      });
    });
  });
});

async function unzip(response: Response): Promise<Map<string, Uint8Array>> {
  if (!response.ok) throw new Error(await response.text());
  expect(response.headers.get("content-type")).toBe("application/zip");
  return new Map(Object.entries(unzipSync(await response.bytes())));
}
