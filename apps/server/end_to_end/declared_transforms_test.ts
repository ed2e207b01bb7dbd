import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { twoColours } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const CORE = JSON.stringify(Bun.resolveSync("@progimage/core/plugin", import.meta.dir));

const PLUGIN = `
import { color, definePlugin, defineTransform, list, number, point } from ${CORE};

const same = defineTransform({
  name: "same",
  aliases: ["equal"],
  version: 1,
  summary: "Changes nothing",
  params: {
    amount: number({ min: 0, max: 1, default: 1, aliases: ["strength"] }),
    stops: list(color(), { max: 3, optional: true }),
    center: point({ optional: true }),
    speed: number({ min: 0, max: 1, default: 1, deprecated: "it does nothing" }),
  },
  shorthand: "amount",
  apply: (image) => image,
});
const old = defineTransform({ ...same, name: "old", aliases: undefined, deprecated: "use trial.same" });

export default definePlugin({ name: "@acme/trial", namespace: "trial", transforms: [same, old] });
`;

describe("a server whose plugin declares deprecated names, lists and points", () => {
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let id: string;
  beforeAll(async () => {
    folder = await testFolder();
    await Bun.write(join(folder.path, "trial.ts"), PLUGIN);
    const presets = join(folder.path, "presets.json");
    const recipes = { aged: "trial.equal=strength:0.5,speed:1&trial.equal", young: "trial.same=0.5" };
    const json = Object.entries(recipes).map(([name, recipe]) => [name, { recipe }]);
    await Bun.write(presets, JSON.stringify(Object.fromEntries(json)));
    server = await startServer({
      settings: {
        PROGIMAGE_PLUGINS: "./trial.ts",
        PROGIMAGE_PLUGINS_DIR: folder.path,
        PROGIMAGE_PRESETS: presets,
      },
    });
    ({ id } = await server.client.images.upload(await twoColours()));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const get = (step: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/images/${id}.png?${step}`, { headers });
  const post = (path: string, json: object) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json),
    });
  const isMarked = (response: Response) => /^@\d+$/.test(response.headers.get("deprecation") ?? "");

  test.each(["trial.equal=0.5", "trial.same=strength:0.5", "trial.same=0.5,speed:1", "trial.old=0.5"])(
    "sends a Deprecation header each time for %s, with the result of the current names",
    async (step) => {
      const present = await get(step.startsWith("trial.old") ? step : "trial.same=0.5");
      const etag = present.headers.get("etag") ?? "";
      for (const _ of ["rendered", "known", "known"]) {
        const response = await get(step);
        expect([response.status, isMarked(response)]).toEqual([200, true]);
        expect(response.headers.get("etag")).toBe(etag);
      }
      const unchanged = await get(step, { "if-none-match": etag });
      expect([unchanged.status, isMarked(unchanged)]).toEqual([304, true]);
    },
  );

  test("logs a deprecated name in a preset once at the start, and not in answers", async () => {
    const warning = /"msg":"The preset \\"(\w+)\\" in PROGIMAGE_PRESETS uses deprecated words: (.*?)"/g;
    expect([...server.log().matchAll(warning)].map(([, name, words]) => [name, words])).toEqual([
      [
        "aged",
        "trial.equal (instead: trial.same), trial.same strength (instead: trial.same amount), trial.same speed (instead: it does nothing)",
      ],
    ]);
    for (const preset of ["aged", "young"]) {
      const response = await get(`preset=${preset}`);
      expect([response.status, isMarked(response)]).toEqual([200, false]);
    }
  });

  test("sends no Deprecation header for current names", async () => {
    for (const _ of ["rendered", "known"]) expect(isMarked(await get("trial.same=0.25"))).toBe(false);
    expect(isMarked(await post("/transforms/trial.same", { source: id }))).toBe(false);
  });

  test("sends a Deprecation header for services, recipes, archives and jobs", async () => {
    const steps = [{ transform: "trial.equal" }];
    const outputs = [{ name: "a", steps, format: "png" }];
    for (const [path, json, status] of [
      ["/transforms/trial.equal", { source: id }, 200],
      ["/transforms/trial.same", { source: id, strength: 1 }, 200],
      ["/render", { source: id, steps }, 200],
      ["/render", { source: id, outputs }, 200],
      ["/archives", { select: { ids: [id] }, steps }, 200],
      ["/jobs", { select: { ids: [id] }, outputs, deliver: "derivatives" }, 202],
    ] as const) {
      const response = await post(path, json);
      expect([path, response.status, isMarked(response)]).toEqual([path, status, true]);
      await response.bytes();
    }
  });

  test("reads lists and points in URLs, services and JSON", async () => {
    const etag = (await get("trial.same=stops:red;0f0,center:0.5x0.25")).headers.get("etag");
    const json = JSON.stringify({ stops: ["ff0000", "lime"], center: { x: 0.5, y: 0.25 } });
    expect((await get(`trial.same=${encodeURIComponent(json)}`)).headers.get("etag")).toBe(etag);
    const service = await fetch(
      `${server.url}/transforms/trial.same?stops=red;0f0&center=0.5x0.25&format=png&source=${id}`,
      { method: "POST" },
    );
    expect(service.status).toBe(200);
    const handle = server.client.image(id).png();
    const params = { stops: ["red", "0f0"], center: { x: 0.5, y: 0.25 } };
    expect(handle.apply("trial.same" as never, params as never).url()).toContain(
      "?trial.same=stops:red;0f0,center:0.5x0.25",
    );
    const wrong = await get("trial.same=stops:red;0f0;rot");
    expect(await wrong.json()).toMatchObject({ code: "invalid_parameter", parameter: "stops" });
  });

  test("has lists and points in the documentation of the API, in query syntax", async () => {
    const { paths } = await (await fetch(`${server.url}/swagger/json`)).json();
    const { parameters } = paths["/transforms/trial.same"].post;
    const schemaOf = (name: string) => parameters.find((each: { name: string }) => each.name === name).schema;
    expect(schemaOf("stops")).toMatchObject({ type: "string", "x-json": { type: "array", maxItems: 3 } });
    expect(schemaOf("center")).toMatchObject({ type: "string", "x-json": { type: "object" } });
  });

  test("has them in the documentation of the API", async () => {
    const { paths } = await (await fetch(`${server.url}/swagger/json`)).json();
    const { description, parameters } = paths["/transforms/trial.same"].post;
    expect(description).toContain("Its earlier names are deprecated: trial.equal.");
    const find = (name: string) => parameters.find((each: { name: string }) => each.name === name);
    expect(find("amount").schema["x-aliases"]).toEqual(["strength"]);
    expect(find("speed")).toMatchObject({ deprecated: true, description: "Deprecated: it does nothing" });
    expect(paths["/transforms/trial.old"].post).toMatchObject({
      deprecated: true,
      description: expect.stringContaining("Deprecated: use trial.same."),
    });
  });
});
