import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ConnectionError,
  fromFile,
  type JobRequest,
  ProgImageError,
  TooLargeError,
  type UploadSource,
} from "../mod.ts";
import { testingFolder } from "../testing/testing_folder.ts";
import { testingPng } from "../testing/testing_images.ts";
import { testingServer } from "../testing/testing_server.ts";

const png = testingPng();
const sha256 = new Bun.CryptoHasher("sha256").update(png).digest("hex");

describe("upload sends", () => {
  const sources: readonly (readonly [
    what: string,
    name: string | null,
    type: string,
    source: () => UploadSource,
  ])[] = [
    ["bytes", null, "application/octet-stream", () => png],
    [
      "a part of a buffer",
      null,
      "application/octet-stream",
      () => new Uint8Array([0, ...png, 0]).subarray(1, -1),
    ],
    ["an ArrayBuffer", null, "application/octet-stream", () => png.buffer],
    ["a blob", null, "image/png", () => new Blob([png], { type: "image/png" })],
    ["a file", "a&b é.png", "image/png", () => new File([png], "a&b é.png", { type: "image/png" })],
    [
      "a file that says it is JSON",
      "a.json",
      "application/octet-stream",
      () => new File([png], "a.json", { type: "application/json" }),
    ],
    ["a stream", null, "application/octet-stream", () => new Blob([png]).stream()],
  ];

  for (const [what, name, type, source] of sources) {
    test(what, async () => {
      await using server = testingServer({ basePath: "/media" });
      const image = await server.client().images.upload(source());
      expect(image).toMatchObject({ sha256, name, bytes: png.length });
      expect(server.requests[0]?.headers.get("content-type")).toBe(type);
      expect(await server.client().image(image.id).bytes()).toEqual(png);
    });
  }

  test("a file of the disk by its path and its URL", async () => {
    await using folder = await testingFolder();
    const path = join(folder.path, "a b#é%.png");
    await Bun.write(path, png);
    await using server = testingServer();
    for (const source of [fromFile(path), fromFile(pathToFileURL(path)), Bun.file(path)]) {
      expect(await server.client().images.upload(source)).toMatchObject({ sha256, name: "a b#é%.png" });
    }
  });

  test("an empty source", async () => {
    await using server = testingServer();
    await expect(server.client().images.upload(new Uint8Array())).rejects.toMatchObject({
      code: "unsupported_media",
    });
  });

  test("all attributes of the image in the query", async () => {
    await using server = testingServer();
    const metadata = { note: "a&b=c, {d} + é", nested: { list: [1, null] } };
    const file = new File([png], "own.png");
    const options = {
      name: "A & b",
      tags: ["x, y", "z&"],
      metadata,
      focalPoint: { x: 0.5, y: 0.25 },
      private: true,
      expiresAt: new Date("2030-01-31T12:00:00Z"),
    };
    const image = await server.client().images.upload(file, options);
    expect(image).toMatchObject({ ...options, expiresAt: "2030-01-31T12:00:00.000Z" });
    expect(server.requests[0]?.path).toStartWith("/images?name=A+%26+b&tags=x%2C+y&tags=z%26&metadata=");
    expect(await server.client().images.upload(png, { focalPoint: null, expiresAt: null })).toMatchObject({
      focalPoint: null,
      expiresAt: null,
    });
    expect(server.requests[1]?.path).toBe("/images");
  });

  test("seconds as seconds, and a type", async () => {
    await using server = testingServer();
    await server.client().images.upload(png, { expiresIn: 59.5, type: "image/x-own" });
    expect(server.requests[0]?.path).toBe("/images?expiresIn=60");
    expect(server.requests[0]?.headers.get("content-type")).toBe("image/x-own");
  });

  test("attributes that are too long for a query in a form", async () => {
    await using server = testingServer();
    const metadata = { text: "é".repeat(8000) };
    for (const source of [png, new Blob([png]).stream()]) {
      const image = await server.client().images.upload(source, { name: 'a "b"', tags: ["x"], metadata });
      expect(image).toMatchObject({ name: 'a "b"', tags: ["x"], metadata, sha256 });
    }
    expect(server.requests.map(({ path }) => path)).toEqual(["/images", "/images"]);
  });

  test("an Idempotency-Key, whose second use gives the first image", async () => {
    await using server = testingServer();
    const [first, second] = [
      await server.client().images.upload(png, { idempotencyKey: "k" }),
      await server.client().images.upload(png, { idempotencyKey: "k" }),
    ];
    expect(second.id).toBe(first.id);
    expect((await server.client().images.upload(png)).id).not.toBe(first.id);
  });
});

describe("upload throws", () => {
  test("TooLargeError with the limit", async () => {
    await using server = testingServer({ maxUploadBytes: 20 });
    const error = await server
      .client()
      .images.upload(testingPng(21))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({
      status: 413,
      code: "too_large",
      requestId: "request-1",
      problem: { limit: 20 },
    });
  });

  test("the problem of a file that is not an image", async () => {
    await using server = testingServer();
    const error = await server
      .client()
      .images.upload(new Blob(["text"]))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProgImageError);
    expect(error).toMatchObject({ name: "ProgImageError", status: 415, code: "unsupported_media" });
  });

  test("before it sends anything: no such file, a folder, a URL elsewhere, a stream in use, a wrong time", async () => {
    await using folder = await testingFolder();
    await using server = testingServer();
    const client = server.client();
    const locked = new Blob([png]).stream();
    locked.getReader();
    const path = join(folder.path, "none.png");
    await expect(client.images.upload(fromFile(path))).rejects.toMatchObject({
      name: "FileError",
      message: `Cannot read the file ${path}: it does not exist`,
      code: "ENOENT",
      path,
    });
    await expect(client.images.upload(fromFile(folder.path))).rejects.toThrow(/it is a directory$/);
    await expect(client.images.upload(pathToFileURL(path))).rejects.toThrow(/must be an http\(s\) URL$/);
    // @ts-expect-error a text is neither a file nor a URL
    await expect(client.images.upload("/etc/hostname")).rejects.toThrow(/say fromFile\(path\) for a file/);
    await expect(client.images.upload(locked)).rejects.toBeInstanceOf(TypeError);
    for (const expiresIn of [Number.NaN, -1, 0, Infinity])
      await expect(client.images.upload(png, { expiresIn })).rejects.toBeInstanceOf(RangeError);
    await expect(client.images.upload(png, { expiresAt: new Date("never") })).rejects.toBeInstanceOf(
      RangeError,
    );
    expect(server.requests).toEqual([]);
  });

  test("TypeError for names that an earlier version had, which TypeScript refuses", async () => {
    await using server = testingServer();
    const client = server.client();
    // @ts-expect-error: it is called expiresAt or expiresIn
    await expect(client.images.upload(png, { expires: 60 })).rejects.toThrow("expiresAt or expiresIn");
    // @ts-expect-error: it is called tags
    await expect(client.images.upload(png, { tag: "a" })).rejects.toBeInstanceOf(TypeError);
    // @ts-expect-error: it is called expiresAt or expiresIn
    await expect(client.process(png).save({ expires: 60 })).rejects.toBeInstanceOf(TypeError);
    // @ts-expect-error: it is called expiresAt or expiresIn
    await expect(client.images.import({ all: true }, { expires: 60 })).rejects.toBeInstanceOf(TypeError);
    // @ts-expect-error: it is called expiresAt or expiresIn
    const attributes: JobRequest["attributes"] = { expires: 60 };
    const job = client.jobs.create({ select: { all: true }, attributes });
    await expect(job).rejects.toBeInstanceOf(TypeError);
    expect(server.requests).toEqual([]);
  });

  test("ConnectionError with the cause if a stream breaks off", async () => {
    await using server = testingServer();
    let isFirst = true;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (!isFirst) throw new Error("the disk is gone");
        isFirst = false;
        controller.enqueue(png);
      },
    });
    const error = await server
      .client()
      .images.upload(stream)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toContain("the disk is gone");
  });

  test("the signal's reason in the middle, and stops reading", async () => {
    const started = Promise.withResolvers<void>();
    const intercept = async (request: Request) => {
      for await (const _ of request.body ?? []) started.resolve();
      return new Response();
    };
    await using server = testingServer({ intercept });
    const stopped = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(1);
        controller.enqueue(png);
      },
      cancel: () => stopped.resolve(),
    });
    const controller = new AbortController();
    const call = server.client().images.upload(stream, { signal: controller.signal });
    await started.promise;
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    await stopped.promise;
  });
});
