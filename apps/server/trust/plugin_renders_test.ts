import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import sharp from "sharp";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const CORE = join(import.meta.dir, "../../..", "packages/core/render/pool");

/** The number of other renders between and beside those of the plugin. */
const OTHERS = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 100 : 10;

describe("a plugin's code in render processes", () => {
  let server: TestServer;
  let id: string;
  let renders = 0;
  beforeAll(async () => {
    const plugins = ["testing_plugin.ts", "testing_vandal_plugin.ts"].map((name) => join(CORE, name));
    const settings = { PROGIMAGE_PLUGINS: plugins.join(","), PROGIMAGE_RENDER_PROCESSES: "2" };
    server = await startServer({ settings });
    ({ id } = await server.client.images.upload(await red(40)));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const red = async (width: number) =>
    new Uint8Array(
      await sharp({ create: { width, height: 30, channels: 3, background: "#ff0000" } })
        .png()
        .toBuffer(),
    );

  /** Renders a recipe that was not requested before, and uploads an image. */
  async function expectOthersUnharmed(): Promise<void> {
    const width = 41 + (++renders % 4000);
    const response = await fetch(`${server.url}/images/${id}.png?resize=${width}x30,fit:fill,enlarge`);
    expect(response.status).toBe(200);
    const pixels = await sharp(await response.bytes())
      .raw()
      .toBuffer();
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect((await server.client.images.upload(await red(width))).width).toBe(width);
  }

  test.each([
    ["vandal=list", "changes Array.prototype.map, which all renders share"],
    ["vandal=sharp", "changes sharp.prototype.png, which all renders share"],
    ["vandal=settings", 'transform "vandal" failed'],
    ["act=throw", 'transform "act" failed'],
  ])("that does %s is named, and others are unharmed, before, beside and after", async (query, reason) => {
    for (let count = 0; count < OTHERS; count++) {
      const [response] = await Promise.all([
        fetch(`${server.url}/images/${id}.png?${query}`),
        expectOthersUnharmed(),
      ]);
      expect(response.status).toBe(500);
      const { code, detail } = (await response.json()) as { readonly code: string; readonly detail: string };
      expect(code).toBe("plugin_failed");
      expect(detail).toContain(reason);
    }
    await until("the log says why a process is replaced", async () =>
      server.log().includes("A render process is replaced as a plugin"),
    );
    await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  });
});
