import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPlugins, parseUrlRecipe, type Step } from "@progimage/core";
import { sampleImages, samplePhoto } from "@progimage/core/testing";
import { BUILT_IN } from "../compose/plugin_modules.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const registry = await loadPlugins(BUILT_IN);
const examples = registry.describe().flatMap(({ examples: [first] }) => first ?? []);

describe("every transform is reachable", () => {
  let server: TestServer;
  let folder: string;
  let photo: Uint8Array<ArrayBuffer>;
  let id: string;
  /** The ids of the sample images, by their names in examples. */
  const ids = new Map<string, string>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-every-"));
    server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
    photo = new Uint8Array(await samplePhoto(120));
    ({ id } = await server.client.images.upload(photo));
    for (const [name, { path }] of Object.entries(await sampleImages(folder)))
      ids.set(name, (await server.client.images.upload(Bun.file(path))).id);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test.each(examples)(
    "%s: by URL, as a service, by JSON and by the client, with the same result",
    async (example) => {
      const query = example.replace(/@\w+/g, (name) => ids.get(name) ?? name);
      const [step] = parseUrlRecipe(query, registry).steps;
      const { transform, params } = step as Step;
      const read = async (response: Response) => {
        if (!response.ok) throw new Error(await response.text());
        return await response.bytes();
      };
      const escaped = query.replaceAll("#", "%23");
      const byUrl = await read(await fetch(`${server.url}/images/${id}.webp?${escaped}`));
      const plain = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
      const service = `${server.url}/transforms/${transform}?${plain}&format=webp`;
      expect(await read(await fetch(service, { method: "POST", body: photo }))).toEqual(byUrl);
      const json = { source: id, steps: [{ transform, ...params }], format: "webp" };
      const byJson = await fetch(`${server.url}/render`, {
        method: "POST",
        body: JSON.stringify(json),
        headers: { "content-type": "application/json" },
      });
      expect(await read(byJson)).toEqual(byUrl);
      const byClient = server.client
        .image(id)
        .apply(transform as "blur", params as never)
        .webp();
      expect(await byClient.bytes()).toEqual(byUrl);
    },
  );
});
