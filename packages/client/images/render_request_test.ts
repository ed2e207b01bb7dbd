import { describe, expect, test } from "bun:test";
import { type ImageRender, ProgImage, recipe } from "../mod.ts";
import { testingPng } from "../testing/testing_images.ts";
import { testingServer } from "../testing/testing_server.ts";
import type { ReadService } from "../testing/testing_services.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";
const png = testingPng(50);
const outputs = [
  { name: "hero", recipe: recipe().preset("hero@2") },
  recipe().thumbnail({ width: 320, height: 240 }).webp({ quality: 60 }),
];
const jsonOutputs = [
  { name: "hero", steps: [{ transform: "preset", name: "hero@2" }] },
  {
    steps: [
      { transform: "thumbnail", width: 320, height: 240 },
      { transform: "compress", quality: 60 },
    ],
    format: "webp",
  },
];

async function read(render: ImageRender): Promise<ReadService> {
  return (await (await render.fetch()).json()) as ReadService;
}

describe("ProgImage.render", () => {
  test("asks for many outputs of stored images and URLs by JSON, and gives the answer", async () => {
    await using server = testingServer();
    const source = [ID, new URL("https://example.com/a.png")];
    const response = await server.client().render({ source, outputs, reuse: true }).fetch();
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(await response.json()).toMatchObject({
      path: "/render",
      json: { sources: [ID, "https://example.com/a.png"], outputs: jsonOutputs, reuse: true },
    });
    const { json } = await read(server.client().render({ source: ID, outputs }));
    expect(json).toEqual({ sources: [ID], outputs: jsonOutputs });
  });

  test("sends files as parts of a form, those of parameters once for all outputs", async () => {
    await using server = testingServer();
    const logo = new File([testingPng(9)], "logo.png");
    const marked = recipe().watermark({ image: logo });
    const source = [new File([png], "cat.png"), new Blob([png]).stream(), ID];
    const call = server
      .client()
      .render({ source, outputs: [marked, { name: "small", recipe: marked.resize({ width: 9 }) }] });
    const { json, files } = await read(call);
    const step = { transform: "watermark", image: "@image1" };
    expect(json).toEqual({
      sources: [ID],
      outputs: [{ steps: [step] }, { name: "small", steps: [step, { transform: "resize", width: 9 }] }],
    });
    expect(files).toEqual([
      { part: "image", name: "cat.png", bytes: 50 },
      { part: "image", name: "blob", bytes: 50 },
      { part: "image1", name: "logo.png", bytes: 9 },
    ]);
  });

  test("takes handles and processes for recipes as well", async () => {
    await using server = testingServer();
    const client = server.client();
    const outputs = [client.image(ID).flip(), client.process(png).flop()];
    const { json } = await read(client.render({ source: client.image(ID), outputs }));
    expect(json).toEqual({
      sources: [ID],
      outputs: [{ steps: [{ transform: "flip" }] }, { steps: [{ transform: "flop" }] }],
    });
  });

  test("refuses files behind names, which the server would put before them", async () => {
    const client = new ProgImage({
      baseUrl: "https://example.com",
      fetch: () => Promise.reject(new Error("sent")),
    });
    await expect(client.render({ source: [ID, png], outputs }).fetch()).rejects.toThrow(
      /^Cannot process images in this order/,
    );
    await expect(
      client
        .render({ source: [png, ID, png], outputs })
        .save()
        .items(),
    ).rejects.toBeInstanceOf(TypeError);
    await expect(client.render({ source: [png, ID], outputs }).fetch()).rejects.toThrow("sent");
  });
});

test("ImageRender.save gives the result of each", async () => {
  await using server = testingServer();
  const options = { tags: ["made"], idempotencyKey: "k" };
  const results = await server.client().render({ source: ID, outputs }).save(options).items();
  expect(results).toMatchObject([
    {
      status: 201,
      image: { metadata: { json: { sources: [ID], outputs: jsonOutputs, save: { tags: ["made"] } } } },
    },
    { status: 502, problem: { code: "source_unreachable" } },
  ]);
  expect(server.requests[0]?.headers.get("idempotency-key")).toBe("k");
});
