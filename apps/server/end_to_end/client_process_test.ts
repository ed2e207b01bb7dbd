import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  DoesNotFitError,
  fromFile,
  fromUrl,
  type ImageReference,
  type ProgImage,
  ProgImageError,
  recipe,
  SourceError,
} from "@progimage/client";
import { unzipSync } from "fflate";
import sharp from "sharp";
import { noise, twoColours } from "./testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

// Declared as a plugin does it. No server has this transform: the compiler and the server know different sets.
declare module "@progimage/client" {
  interface Transforms {
    testingTartan: { readonly threads: number; readonly image?: ImageReference };
  }
}

describe("the client processes", () => {
  let server: TestServer;
  let client: ProgImage;
  /** 40 by 20: red on the left, half-transparent blue on the right. */
  let png: Buffer;
  let storedId: string;
  /** Serves the image at `/red.png`, and nothing elsewhere. */
  let elsewhere: ReturnType<typeof Bun.serve>;
  let redUrl: URL;

  beforeAll(async () => {
    png = await twoColours();
    elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        url.endsWith("/red.png")
          ? new Response(new Uint8Array(png), { headers: { "content-type": "image/png" } })
          : new Response("not here", { status: 404 }),
    });
    redUrl = new URL(`http://127.0.0.1:${elsewhere.port}/red.png`);
    server = await startServer({
      settings: {
        PROGIMAGE_FETCH_ALLOW_HOSTS: `127.0.0.1:${elsewhere.port}`,
        PROGIMAGE_PRESETS: join(import.meta.dir, "testing_presets.json"),
      },
    });
    client = server.client;
    ({ id: storedId } = await client.images.upload(png, { name: "two.png" }));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere.stop(true);
  });

  const sizeOf = async (bytes: Uint8Array) => {
    const { width, height, format } = await sharp(bytes).metadata();
    return { width, height, format };
  };
  const pixelsOf = async (bytes: Uint8Array) => await sharp(bytes).ensureAlpha().raw().toBuffer();
  const leftovers = async () => await filesBelow(join(server.dataDir, "tmp"));
  const unzip = async (response: Response) => Object.entries(unzipSync(await response.bytes()));

  test("images from all kinds of sources alike, and as its URLs do", async () => {
    const path = join(server.dataDir, "two.png");
    await Bun.write(path, png);
    const made = recipe().rotate(90).resize({ width: 10 }).webp({ lossless: true });
    const expected = await client.image(storedId, made).bytes();
    expect(await sizeOf(expected)).toEqual({ width: 10, height: 20, format: "webp" });
    const stream = new Blob([new Uint8Array(png)]).stream();
    const { href } = await client.images.get(storedId);
    const sources = [
      png,
      new Blob([new Uint8Array(png)]),
      stream,
      fromFile(path),
      fromFile(Bun.pathToFileURL(path)),
    ];
    for (const source of [...sources, storedId, { id: storedId, href }, redUrl, fromUrl(redUrl.href)]) {
      expect(await client.process(source, made).bytes()).toEqual(expected);
    }
    expect(await leftovers()).toEqual([]);
  });

  test("a whole recipe, as a blob and as a stream", async () => {
    const made = client
      .process(png)
      .thumbnail({ width: 16, height: 16 })
      .grayscale()
      .mask({ shape: "circle" });
    const blob = await made.webp().blob();
    expect(blob.type).toBe("image/webp");
    expect(await sizeOf(await blob.bytes())).toEqual({ width: 16, height: 16, format: "webp" });
    const pixels = await pixelsOf(await (await made.png().fetch()).bytes());
    const at = (x: number, y: number) => [...pixels.subarray((y * 16 + x) * 4, (y * 16 + x) * 4 + 4)];
    expect(at(0, 0)[3]).toBe(0);
    const [red, green, blue, alpha] = at(4, 8);
    expect([green, blue, alpha]).toEqual([red, red, 255]);
  });

  test("by one transform, with the same result as a recipe of one step", async () => {
    const blurred = await client.process(png).blur(2).png().bytes();
    for (const source of [png, storedId, redUrl]) {
      const response = await client.process(source).apply("blur", { sigma: 2 }).png().fetch();
      expect(await response.bytes()).toEqual(blurred);
    }
    const text = "„a, b&c=é+{}“ ".repeat(60);
    const written = await client.process(png).apply("text", { text, size: 1 }).bytes();
    expect(written).toEqual(await client.process(storedId).text(text, { size: 1 }).bytes());
  });

  test("with other images as files, ids and URLs alike", async () => {
    // Transparent parts of the mask are removed, opaque parts stay.
    const mask = await sharp({ create: { width: 40, height: 20, channels: 4, background: "#fff0" } })
      .composite([{ input: await solid("#ffff", 20, 20), left: 0, top: 0 }])
      .png()
      .toBuffer();
    const path = join(server.dataDir, "mask.png");
    await Bun.write(path, mask);
    const { id } = await client.images.upload(mask);
    const expected = await client.image(storedId).mask({ image: id }).png().bytes();
    const alphas = [...(await pixelsOf(expected))].filter((_, index) => index % 4 === 3);
    expect(alphas.filter((alpha) => alpha === 255)).toHaveLength(400);
    expect(alphas.filter((alpha) => alpha === 0)).toHaveLength(400);
    const stream = new Blob([new Uint8Array(mask)]).stream();
    for (const image of [mask, stream, fromFile(path), fromFile(Bun.pathToFileURL(path)), id, { id }]) {
      expect(await client.process(png).mask({ image }).png().bytes()).toEqual(expected);
    }
    expect(await client.process(storedId).mask({ image: mask }).png().bytes()).toEqual(expected);
    for (const source of [png, storedId]) {
      const masked = client.process(source).apply("mask", { image: mask }).png();
      expect(await masked.bytes()).toEqual(expected);
    }
    const marked = await client.process(redUrl).watermark({ image: redUrl, gravity: "center" }).bytes();
    expect(await sizeOf(marked)).toEqual({ width: 40, height: 20, format: "png" });
    expect(await leftovers()).toEqual([]);
  });

  test("by presets, in their latest version and in an earlier one", async () => {
    expect(await sizeOf(await client.process(png).preset("small").bytes())).toEqual({
      width: 8,
      height: 4,
      format: "webp",
    });
    const earlier = client.process(storedId).preset("small@1").flip().png();
    expect(await sizeOf(await earlier.bytes())).toEqual({ width: 4, height: 2, format: "png" });
    const url = client.image(storedId).preset("small").grayscale().url();
    expect(url).toBe(`${server.url}/images/${storedId}?preset=small&grayscale`);
    expect(await sizeOf(await (await fetch(url)).bytes())).toEqual({ width: 8, height: 4, format: "webp" });
    expect(await client.presets.list()).toEqual([
      { name: "auto", version: 1, summary: "", recipe: "" },
      { name: "small", version: 1, summary: "", recipe: expect.stringMatching(/^resize=.*format=webp$/) },
      { name: "small", version: 2, summary: "As wide as eight pixels", recipe: expect.any(String) },
      { name: "webp", version: 1, summary: "", recipe: "format=webp" },
    ]);
    for (const [name, version] of [
      ["small", 2],
      ["small@1", 1],
    ])
      expect(await (await fetch(`${server.url}/presets/${name}`)).json()).toMatchObject({
        name: "small",
        version,
      });
  });

  test("and saves results, with their attributes", async () => {
    const process = client
      .process(new File([new Uint8Array(png)], "cat.png"))
      .resize({ width: 20 })
      .webp();
    expect(await process.save()).toMatchObject({ name: "cat.webp", format: "webp", width: 20, tags: [] });
    const said = { name: "Tom", tags: ["a"], metadata: { b: [1] }, focalPoint: { x: 0.5, y: 0.25 } };
    const saved = await client
      .process(redUrl)
      .flip()
      .save({ ...said, expiresAt: new Date("2100-01-01T00:00:00Z") });
    expect(await client.images.get(saved.id)).toMatchObject({
      ...said,
      expiresAt: "2100-01-01T00:00:00.000Z",
    });
    const soon = await client.process(storedId).save({ expiresIn: 3600 });
    const seconds = (Date.parse(soon.expiresAt ?? "") - Date.now()) / 1000;
    expect([soon.name, seconds > 3500 && seconds < 3700]).toEqual(["two.png", true]);
    for (const source of [new File([new Uint8Array(png)], "two.png"), storedId]) {
      const turned = await client.process(source).rotate(90).gif().save();
      expect(turned).toMatchObject({ name: "two.gif", format: "gif", width: 20, height: 40 });
    }
  });

  test("and saves only once for the same key", async () => {
    const options = { idempotencyKey: "client-process" };
    const first = await client.process(storedId).flop().save(options);
    expect(await client.process(storedId).flop().save(options)).toEqual(first);
  });

  test("several outputs into a zip, each equal to that of a single call", async () => {
    const outputs = [
      { name: "tiny", recipe: recipe().resize({ width: 4 }).png() },
      recipe().preset("small"),
      { name: "marked", recipe: recipe().watermark({ image: png }).webp({ lossless: true }) },
    ];
    const files = await unzip(await client.render({ source: png, outputs, reuse: false }).fetch());
    expect(files.map(([name]) => name)).toEqual(["tiny.png", "2.webp", "marked.webp"]);
    expect(files[0]?.[1]).toEqual(await client.image(storedId).resize({ width: 4 }).png().bytes());
    const many = client.render({
      source: [png, storedId, redUrl],
      outputs: outputs.slice(0, 2),
      reuse: true,
    });
    expect((await unzip(await many.fetch())).map(([name]) => name)).toEqual([
      "1/tiny.png",
      "1/2.webp",
      "2/tiny.png",
      "2/2.webp",
      "3/tiny.png",
      "3/2.webp",
    ]);
    expect(await leftovers()).toEqual([]);
  });

  test("several images even if one is unusable", async () => {
    const source = [storedId, Bun.randomUUIDv7()];
    const outputs = [recipe().resize({ width: 5 }).png(), recipe().gif()];
    const files = await unzip(await client.render({ source, outputs }).fetch());
    expect(files.map(([name]) => name)).toEqual(["1/1.png", "1/2.gif", "errors.json"]);
    expect(
      await client
        .render({ source, outputs })
        .save({ tags: ["made"] })
        .items(),
    ).toMatchObject([
      { status: 201, image: { name: "two.png", width: 5, tags: ["made"] } },
      { status: 201, image: { name: "two.gif", width: 40, tags: ["made"] } },
      { status: 404, problem: { code: "image_not_found" } },
      { status: 404, problem: { code: "image_not_found" } },
    ]);
  });

  test("and uploads from URLs", async () => {
    const image = await client.images.upload(redUrl, {
      tags: ["far"],
      metadata: { a: 1 },
      expiresIn: 3600,
    });
    expect(image).toMatchObject({ name: "red.png", tags: ["far"], metadata: { a: 1 }, format: "png" });
    const seconds = (Date.parse(image.expiresAt ?? "") - Date.now()) / 1000;
    expect(seconds > 3500 && seconds < 3700).toBe(true);
    expect(await (await client.image(image.id).fetch()).bytes()).toEqual(new Uint8Array(png));
    expect(await client.images.upload(fromUrl(redUrl.href), { name: "Mine" })).toMatchObject({
      name: "Mine",
    });
    const elsewhere = new URL("http://127.0.0.1:1/a.png");
    const urls = [{ source: redUrl, name: "Own" }, new URL("/none.png", redUrl), elsewhere];
    expect(await client.images.uploadAll(urls, { tags: ["many"] }).items()).toMatchObject([
      { status: 201, image: { name: "Own", tags: ["many"] } },
      { status: 422, problem: { code: "source_not_found" } },
      { status: 403, problem: { code: "source_refused" } },
    ]);
  });

  test("and throws the server's problems as distinct classes", async () => {
    const failed = async (call: Promise<unknown>) => await call.catch((error: unknown) => error);
    const refused = await failed(client.process(fromUrl("http://127.0.0.1:1/a.png")).bytes());
    expect(refused).toBeInstanceOf(SourceError);
    expect(refused).toMatchObject({ status: 403, code: "source_refused", problem: { parameter: "source" } });
    const missing = await failed(client.images.upload(new URL("/none.png", redUrl)));
    expect(missing).toBeInstanceOf(SourceError);
    expect(missing).toMatchObject({ status: 422, code: "source_not_found" });
    const photo = await noise(7, 400, 300);
    const tight = await failed(client.process(photo).webp({ maxBytes: 100 }).bytes());
    expect(tight).toBeInstanceOf(DoesNotFitError);
    const smallest = (tight as DoesNotFitError).problem.smallest ?? 0;
    const fits = await client.process(photo).webp({ maxBytes: smallest }).bytes();
    expect([smallest > 100, fits.length <= smallest]).toEqual([true, true]);
    const unknown = await failed(client.process(png).preset("smal").save());
    expect(unknown).toMatchObject({ code: "preset_not_found", problem: { suggestion: "small" } });
    expect(await leftovers()).toEqual([]);
  });

  test("has the types of a plugin's declared transforms, and the server refuses unknown ones", async () => {
    const process = client.process(png).apply("testingTartan", { threads: 3, image: png });
    const error = await process.bytes().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProgImageError);
    expect(error).toMatchObject({ code: "unknown_transform" });
    // @ts-expect-error threads are counted
    expect(client.image(storedId).apply("testingTartan", { threads: "3" }).url()).toEndWith("threads:3");
    // @ts-expect-error there is no such transform
    expect(client.image(storedId).apply("testingTartann").url()).toEndWith("?testingTartann");
  });
});

function solid(background: string, width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
}
