import { describe, expect, test } from "bun:test";
import { ProgImage, type ProgImage as Client } from "./mod.ts";
import { testingPng } from "./testing_images.ts";
import { testingServer } from "./testing_server.ts";
import type { ReadService } from "./testing_services.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";
const png = testingPng(50);

async function read(answer: Promise<Response>): Promise<ReadService> {
  return (await (await answer).json()) as ReadService;
}

describe("ProgImage.transform sends", () => {
  test("one file as the body, and parameters by their plain names", async () => {
    await using server = testingServer();
    const call = server
      .client()
      .transform("text", png, { text: "a, b&c=é", size: 20, box: true }, { format: "webp" });
    expect(await read(call)).toMatchObject({
      path: "/transforms/text",
      query: [
        ["text", "a, b&c=é"],
        ["size", "20"],
        ["box", "true"],
        ["format", "webp"],
      ],
      type: "application/octet-stream",
      bytes: 50,
    });
    const { query } = await read(server.client().transform("flip", png));
    expect(query).toEqual([]);
  });

  test("numbers as decimals", async () => {
    await using server = testingServer();
    const small = await read(server.client().transform("resize", png, { width: 1e-7, dpr: 0.000001 }));
    expect(small.query.map(([, value]) => value)).toEqual(["0.0000001", "0.000001"]);
  });

  test("lists by semicolons, and points", async () => {
    await using server = testingServer();
    const params = { stops: ["red", "0f0"], center: { x: 0.5, y: 0.25 } };
    const { path, query } = await read(
      server.client().transform("print.draw" as never, png, params as never),
    );
    expect([path, query]).toEqual([
      "/transforms/print.draw",
      [
        ["stops", "red;0f0"],
        ["center", "0.5x0.25"],
      ],
    ]);
  });

  test("what is stored or lies at a URL by its name, as JSON", async () => {
    await using server = testingServer();
    const call = server
      .client()
      .transform("resize", { id: ID }, { width: 20, enlarge: undefined }, { format: "png" });
    expect(await read(call)).toMatchObject({
      path: "/transforms/resize",
      query: [],
      json: { source: ID, width: 20, format: "png" },
    });
  });

  test("files of parameters as parts of a form", async () => {
    await using server = testingServer();
    const params = { image: new File([testingPng(7)], "mask.png"), invert: true };
    expect(await read(server.client().transform("mask", new File([png], "cat.png"), params))).toMatchObject({
      fields: [
        ["image", "@image1"],
        ["invert", "true"],
      ],
      files: [
        { part: "image", name: "cat.png", bytes: 50 },
        { part: "image1", name: "mask.png", bytes: 7 },
      ],
    });
    const { fields, files } = await read(server.client().transform("mask", ID, params));
    expect(fields.at(-1)).toEqual(["source", ID]);
    expect(files.map(({ part }) => part)).toEqual(["image1"]);
  });

  test("a form as well where the parameters are too long for a query", async () => {
    await using server = testingServer();
    const text = "é".repeat(999);
    const { fields, files, query } = await read(server.client().transform("text", png, { text }));
    expect([fields, files.length, query]).toEqual([[["text", text]], 1, []]);
  });
});

test("ProgImage.transform gives the image that it was told to save", async () => {
  await using server = testingServer();
  const client: Client = server.client();
  const options = { save: true, format: "webp", idempotencyKey: "k" } as const;
  const posted = await client.transform("flip", new File([png], "cat.png"), undefined, options);
  expect(posted.metadata).toMatchObject({
    fields: [
      ["format", "webp"],
      ["save", "true"],
    ],
    files: [{ part: "image", name: "cat.png" }],
  });
  const named = await client.transform("blur", ID, { sigma: 2 }, options);
  expect(named.metadata).toMatchObject({ json: { source: ID, sigma: 2, format: "webp", save: true } });
  expect(server.requests.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["k", "k"]);
});

test("ProgImage.transform refuses what would lead elsewhere, and what is typed wrongly", async () => {
  const client = new ProgImage({
    baseUrl: "https://example.com",
    fetch: () => Promise.reject(new Error("sent")),
  });
  for (const name of ["", "..", "a/b", "a?b"]) {
    // @ts-expect-error there is no such transform
    await expect(client.transform(name, png)).rejects.toBeInstanceOf(TypeError);
  }
  // @ts-expect-error there is no such parameter
  await expect(client.transform("blur", png, { sigmaa: 2 })).rejects.toThrow("sent");
});
