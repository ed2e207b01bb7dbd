import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { animationFixture, samplePhoto } from "@progimage/core/testing";
import { startServer, type TestServer } from "./testing_server.ts";

describe("recipes", () => {
  let server: TestServer;
  let photo: Uint8Array<ArrayBuffer>;
  let id: string;
  beforeAll(async () => {
    const presets = join(import.meta.dir, "testing_presets.json");
    server = await startServer({ settings: { PROGIMAGE_PRESETS: presets, PROGIMAGE_LOG_LEVEL: "warn" } });
    photo = new Uint8Array(await samplePhoto(120));
    ({ id } = await server.client.images.upload(photo));
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const post = async (path: string, json: object) =>
    await fetch(`${server.url}${path}`, {
      method: "POST",
      body: JSON.stringify(json),
      headers: { "content-type": "application/json" },
    });
  const explain = async (json: object) => {
    const response = await post("/recipes", json);
    return { status: response.status, ...((await response.json()) as object) };
  };
  const etagOf = async (path: string) => {
    const response = await fetch(`${server.url}/images/${path}`);
    return [response.status, response.headers.get("etag")];
  };

  test("POST /recipes gives each spelling of a recipe, and each is read as the same", async () => {
    const explained = await explain({ recipe: "resize=40x&flip&compress=60", format: "webp" });
    expect(explained).toMatchObject({ status: 200, format: "webp", result: null });
    const { recipe, steps } = explained as unknown as { recipe: string; steps: object[] };
    expect(steps[1]).toEqual({ transform: "flip" });
    expect(await explain({ recipe })).toEqual(explained);
    expect(await explain({ steps, format: "webp" })).toEqual(explained);
  });

  test("POST /recipes predicts the size for an image, and for any width and height", async () => {
    const result = { width: 60, height: 40, pages: 1 };
    expect(await explain({ recipe: "resize=60x&compress=lossless:true", source: id })).toMatchObject({
      result,
    });
    const source = { width: 6000, height: 4000 };
    expect(await explain({ steps: [{ transform: "resize", width: 60 }], source })).toMatchObject({
      result,
    });
    expect(await explain({ preset: "small", source })).toMatchObject({ result: { width: 8, height: 5 } });
    expect(await explain({ recipe: "trim", source: id })).toMatchObject({
      result: { width: null, height: null },
    });
  });

  test("POST /recipes refuses what cannot be read or predicted", async () => {
    const cases: readonly (readonly [json: object, status: number, problem: object])[] = [
      [{ recipe: "resise=3x" }, 400, { code: "unknown_transform", suggestion: "resize" }],
      [{ recipe: "flip", stepz: [] }, 400, { code: "unknown_parameter" }],
      [{ recipe: "flip", source: { width: 0, height: 3 } }, 400, { parameter: "source/width" }],
      [{ recipe: "flip", source: "nope" }, 404, { code: "image_not_found" }],
      [{ recipe: "crop=x:5000", source: { width: 9, height: 9 } }, 400, { parameter: "x" }],
      [{ recipe: "compress=lossless:true&format=jpg", source: id }, 400, { parameter: "lossless" }],
    ];
    for (const [json, status, problem] of cases)
      expect(await explain(json)).toMatchObject({ status, ...problem });
  });

  test("a recipe as text and a preset as step are accepted in place of steps", async () => {
    const steps = [{ transform: "flip" }, { transform: "preset", name: "small@1" }];
    const expected = await (await fetch(`${server.url}/images/${id}.webp?flip&preset=small@1`)).bytes();
    const text = "flip&preset=small@1&format=webp";
    for (const json of [{ recipe: text }, { steps }, { recipe: text, format: "webp" }])
      expect(await (await post("/render", { source: id, ...json })).bytes()).toEqual(expected);
    const form = new FormData();
    form.set("image", new Blob([photo]));
    form.set("recipe", text);
    const response = await fetch(`${server.url}/render`, { method: "POST", body: form });
    expect(await response.bytes()).toEqual(expected);
    const job = await post("/jobs", {
      select: { ids: [id] },
      outputs: [{ recipe: text }, { steps, format: "webp" }],
      deliver: "derivatives",
    });
    const { outputs } = (await job.json()) as { outputs: { recipe: string; steps: object[] }[] };
    expect(outputs[0]).toMatchObject({ recipe: outputs[1]?.recipe ?? "", steps: outputs[1]?.steps ?? [] });
  });

  test("a format in the query that contradicts the extension is a 400", async () => {
    for (const path of ["webp?flip&format=png", "webp?format=auto", "auto?format=png"]) {
      const response = await fetch(`${server.url}/images/${id}.${path}`);
      const problem = { status: 400, code: "conflicting_parameters", parameter: "format" };
      expect((await response.json()) as object).toMatchObject(problem);
    }
    const jpeg = await etagOf(`${id}.jpg?flip&format=jpeg`);
    expect(jpeg).toEqual(await etagOf(`${id}.jpg?flip`));
    expect(jpeg[0]).toBe(200);
    expect((await etagOf(`${id}.png?preset=small@1`))[0]).toBe(200);
  });

  test("the format of a still of an animation is negotiated as for any still", async () => {
    const { bytes } = await animationFixture("gif");
    const animation = await server.client.images.upload(new Uint8Array(bytes));
    const headers = { accept: "image/avif,image/webp" };
    const typeOf = async (recipe: string) => {
      const read = await fetch(`${server.url}/images/${animation.id}.auto?${recipe}`, { headers });
      const body = JSON.stringify({ source: animation.id, recipe });
      const json = { ...headers, "content-type": "application/json" };
      const made = await fetch(`${server.url}/render`, { method: "POST", body, headers: json });
      return [read.headers.get("content-type"), made.headers.get("content-type")];
    };
    expect(await typeOf("animate")).toEqual(["image/webp", "image/webp"]);
    for (const recipe of ["animate=false", "page=2"])
      expect(await typeOf(recipe)).toEqual(["image/avif", "image/avif"]);
  });

  test("a format in a preset, or spelled with per cent, is that of the answer", async () => {
    const read = async (query: string, accept = "*/*") => {
      const { headers } = await fetch(`${server.url}/images/${id}?${query}`, { headers: { accept } });
      return headers.get("content-type");
    };
    for (const query of ["preset=webp", "preset=webp@1", "%70reset=webp", "%66ormat=webp"])
      expect({ query, type: await read(query) }).toEqual({ query, type: "image/webp" });
    for (const query of ["preset=auto", "format=auto", "%66ormat=auto"])
      expect({ query, type: await read(query, "image/avif") }).toEqual({ query, type: "image/avif" });
    const original = (await read("")) ?? "";
    for (const query of ["v=1", "download", "download=format%3Dwebp"])
      expect(await read(query)).toBe(original);
  });
});
