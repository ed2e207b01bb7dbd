import { describe, expect, test } from "bun:test";
import {
  ConnectionError,
  type ImageProcess,
  type ImageSource,
  ProgImage,
  UnavailableError,
  fromFile,
  fromUrl,
} from "../mod.ts";
import { testingFolder } from "../testing/testing_folder.ts";
import { testingPng } from "../testing/testing_images.ts";
import { TestingProblem } from "../testing/testing_problem.ts";
import { testingServer } from "../testing/testing_server.ts";
import type { ReadService } from "../testing/testing_services.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";
const png = testingPng(50);
const offline = new ProgImage({
  baseUrl: "https://example.com",
  fetch: () => Promise.reject(new Error("sent")),
});

async function read(process: ImageProcess): Promise<ReadService> {
  return (await (await process.fetch()).json()) as ReadService;
}

describe("ImageProcess sends", () => {
  test("one file as the body, and the recipe as the query, in order", async () => {
    await using server = testingServer({ basePath: "/media" });
    const process = server.client().process(new Blob([png], { type: "image/png" }));
    const made = process.preset("hero").rotate(90).resize({ width: 3 }).webp({ quality: 60 });
    expect(await read(made)).toMatchObject({ type: "image/png", bytes: 50, json: null });
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/media/render?preset=hero&rotate=90&resize=3x&compress=60&format=webp",
      },
    ]);
    expect(await read(process)).toMatchObject({ query: [], bytes: 50 });
  });

  test("paths and streams piece by piece", async () => {
    await using folder = await testingFolder();
    const path = folder.file("cat.png");
    await Bun.write(path, png);
    await using server = testingServer();
    for (const source of [fromFile(path), fromFile(Bun.pathToFileURL(path)), new Blob([png]).stream()]) {
      const process = server.client().process(source).grayscale();
      expect(await read(process)).toMatchObject({ query: [["grayscale", ""]], bytes: 50 });
    }
  });

  test("stored images and URLs by their names, as JSON", async () => {
    await using server = testingServer();
    const url = fromUrl("https://example.com/a.png");
    const sources: readonly (readonly [ImageSource, string])[] = [
      [ID, ID],
      [ID.toUpperCase(), ID],
      [{ id: ID }, ID],
      [url, url.href],
    ];
    for (const [source, reference] of sources) {
      const made = server.client().process(source).preset("hero").blur(2).auto();
      expect(await read(made)).toMatchObject({
        path: "/render",
        query: [],
        json: {
          source: reference,
          steps: [
            { transform: "preset", name: "hero" },
            { transform: "blur", sigma: 2 },
          ],
          format: "auto",
        },
      });
    }
  });

  test("files of parameters as parts of a form, each once, and names as they are", async () => {
    await using folder = await testingFolder();
    await Bun.write(folder.file("mask.png"), testingPng(7));
    await using server = testingServer();
    const logo = new File([testingPng(9)], "logo.png");
    const made = server
      .client()
      .process(new File([png], "cat.png"))
      .mask({ image: fromFile(folder.file("mask.png")), feather: 2 })
      .watermark({ image: logo })
      .flip()
      .watermark({ image: logo, gravity: "north" })
      .watermark({ image: ID })
      .watermark({ image: new URL("https://example.com/a.png") });
    const { type, json, fields, files } = await read(made);
    expect([type, fields]).toEqual(["multipart/form-data", []]);
    expect(json).toEqual({
      steps: [
        { transform: "mask", image: "@image1", feather: 2 },
        { transform: "watermark", image: "@image2" },
        { transform: "flip" },
        { transform: "watermark", image: "@image2", gravity: "north" },
        { transform: "watermark", image: ID },
        { transform: "watermark", image: "https://example.com/a.png" },
      ],
    });
    expect(files).toEqual([
      { part: "image", name: "cat.png", bytes: 50 },
      { part: "image1", name: "mask.png", bytes: 7 },
      { part: "image2", name: "logo.png", bytes: 9 },
    ]);
  });

  test("a form as well if only a parameter is a file, or the recipe is too long for a query", async () => {
    await using server = testingServer();
    const { json, files } = await read(server.client().process(ID).mask({ image: png }));
    expect(json).toEqual({ source: ID, steps: [{ transform: "mask", image: "@image1" }] });
    expect(files).toEqual([{ part: "image1", name: "blob", bytes: 50 }]);
    const text = "é".repeat(999);
    const long = await read(server.client().process(png).text(text).jpeg());
    expect(long.json).toEqual({ steps: [{ transform: "text", text }], format: "jpeg" });
    expect([long.files, long.query]).toEqual([[{ part: "image", name: "blob", bytes: 50 }], []]);
  });

  test("a caller's headers, such as Accept for auto", async () => {
    await using server = testingServer();
    await server
      .client()
      .process(png)
      .auto()
      .fetch({ headers: { accept: "image/avif" } });
    await server
      .client()
      .process(new File([png], "a.png"))
      .mask({ image: png })
      .fetch({ headers: { accept: "x/y" } });
    expect(server.requests.map(({ headers }) => headers.get("accept"))).toEqual(["image/avif", "x/y"]);
  });
});

test("ImageProcess returns the result as a response, bytes and a blob", async () => {
  await using server = testingServer();
  const process = server.client().process(png).flip().webp();
  const expected = await read(process);
  expect(expected.query).toEqual([
    ["flip", ""],
    ["format", "webp"],
  ]);
  expect(JSON.parse(new TextDecoder().decode(await process.bytes()))).toEqual(expected);
  const blob = await process.blob();
  expect([blob.type, JSON.parse(await blob.text())]).toEqual(["image/webp", expected]);
});

describe("ImageProcess.save", () => {
  test("sends the attributes of the image, and returns it", async () => {
    await using server = testingServer();
    const options = { name: "A", tags: ["x"], metadata: { a: 1 }, focalPoint: { x: 0.5, y: 1 } };
    const expiresAt = new Date("2030-01-31T12:00:00Z");
    const process = server
      .client()
      .process(new File([png], "cat.png"))
      .flip()
      .webp();
    const image = await process.save({ ...options, expiresAt, idempotencyKey: "k" });
    expect(image.metadata).toMatchObject({
      type: "multipart/form-data",
      files: [{ part: "image", name: "cat.png" }],
      json: {
        steps: [{ transform: "flip" }],
        format: "webp",
        save: { ...options, expiresAt: "2030-01-31T12:00:00.000Z" },
      },
    });
    expect(server.requests[0]?.headers.get("idempotency-key")).toBe("k");
  });

  test("sends the name of the file, and no attributes that were not given", async () => {
    await using server = testingServer();
    const image = await server
      .client()
      .process(new File([png], "cat.png"))
      .save();
    expect(image.metadata).toMatchObject({ json: { steps: [], save: {} }, files: [{ name: "cat.png" }] });
    const { metadata } = await server.client().process(ID).save({ expiresIn: 60 });
    expect(metadata["json"]).toEqual({ source: ID, steps: [], save: { expiresIn: 60 } });
  });
});

describe("ImageProcess throws", () => {
  test("the error of the server, and retries only a save", async () => {
    await using server = testingServer({
      intercept: () => new TestingProblem(503, "busy").response({ "retry-after": "0" }),
    });
    await expect(server.client().process(png).bytes()).rejects.toBeInstanceOf(UnavailableError);
    await expect(server.client().process(ID).save()).rejects.toBeInstanceOf(UnavailableError);
    expect(server.requests).toHaveLength(4);
  });

  test("before it sends anything: no such file, values that cannot be sent, wrong times", async () => {
    const none = fromFile("/none/cat.png");
    const failure = { name: "FileError", code: "ENOENT", path: "/none/cat.png" };
    await expect(offline.process(none).bytes()).rejects.toMatchObject(failure);
    await expect(offline.process(png).mask({ image: none }).bytes()).rejects.toMatchObject(failure);
    await expect(offline.process(png).blur(Number.NaN).fetch()).rejects.toBeInstanceOf(TypeError);
    await expect(offline.process(ID).save({ expiresIn: Number.NaN })).rejects.toBeInstanceOf(RangeError);
  });

  test("TypeError for texts that are not ids: none of them is read as a path or an address", async () => {
    for (const text of [
      "/etc/hostname",
      "cat.jpg",
      "https://example.com/a.png",
      "nope",
      "",
      `./${ID}`,
      `${ID}.png`,
    ]) {
      for (const made of [() => offline.process(text), () => offline.process(png).mask({ image: text })])
        await expect(async () => await made().bytes()).toThrow(
          /say fromFile\(path\) for a file, fromUrl\(url\)/,
        );
    }
    const wrong = new URL("file:///etc/hostname");
    await expect(offline.process(wrong).bytes()).rejects.toBeInstanceOf(TypeError);
  });

  test("if the stream was sent before", async () => {
    await using server = testingServer();
    const process = server
      .client()
      .process(new Blob([png]).stream())
      .flip();
    await process.bytes();
    await expect(process.bytes()).rejects.toThrow();
    expect(server.requests).toHaveLength(1);
  });

  test("ConnectionError, and closes its files, if no server answers", async () => {
    await using folder = await testingFolder();
    await Bun.write(folder.file("cat.png"), png);
    const call = offline
      .process(fromFile(folder.file("cat.png")))
      .mask({ image: fromFile(folder.file("cat.png")) })
      .bytes();
    await expect(call).rejects.toBeInstanceOf(ConnectionError);
    expect(await folder.openFiles()).toEqual([]);
  });
});
