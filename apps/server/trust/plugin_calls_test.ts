import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { join } from "node:path";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { descendants, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const PLUGINS = join(import.meta.dir, "plugins");

describe("a plugin's code in the process that answers requests", () => {
  let server: TestServer;
  let id: string;
  let node: number | undefined;
  beforeAll(async () => {
    const settings = {
      PROGIMAGE_PLUGINS: "./odd_calls.ts",
      PROGIMAGE_PLUGINS_DIR: PLUGINS,
      PROGIMAGE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString("base64")}`,
    };
    server = await startServer({ settings });
    ({ id } = await server.client.images.upload(await twoColours()));
    [node] = await descendants(server.pid);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = async (act: string) => {
    const response = await fetch(`${server.url}/images/${id}.png?odd=${act}`);
    return { status: response.status, ...(response.ok ? {} : ((await response.json()) as object)) };
  };
  const expectSameProcess = async () => expect((await descendants(server.pid))[0]).toBe(node);
  const logged = (words: string) =>
    server
      .log()
      .split("\n")
      .filter((line) => line.includes(words));

  test.each(["throw", "reject", "forge"])("that does %s costs its own request, and is named", async (act) => {
    const problem = await ask(act);
    expect(problem).toMatchObject({
      status: 500,
      code: "plugin_failed",
      detail: 'Cannot process image as "check" of transform "odd" failed',
    });
    await expectSameProcess();
  });

  test("finds settings in its environment, but no secret", async () => {
    const { detail } = (await ask("spy")) as { readonly detail?: string };
    expect(detail).toContain("PROGIMAGE_PLUGINS_DIR");
    expect(detail).not.toContain("PROGIMAGE_WEBHOOK_SECRET");
  });

  test("that leaves a rejected promise behind costs no request", async () => {
    for (const _ of [1, 2, 3]) expect(await ask("leave")).toEqual({ status: 200 });
    await until("the log names what was left behind", async () => logged("left behind").length > 0);
    await expectSameProcess();
  });

  test("that prints adds a few short lines to the log, and forges none", async () => {
    expect(await ask("print")).toEqual({ status: 200 });
    await until("the log has its words", async () => logged("a plugin").length > 0);
    for (const line of logged("forged")) {
      const { level, msg, output } = JSON.parse(line) as Readonly<Record<string, string | number>>;
      expect({ level, msg }).toEqual({ level: 40, msg: "A plugin printed something" });
      expect(String(output).length).toBeLessThanOrEqual(4_000);
    }
    expect(logged("forged").length).toBeWithin(3, 21);
    expect(server.output()).not.toContain("forged");
  });

  test("that is slow is named in the log, once in a minute", async () => {
    for (const _ of [1, 2, 3]) expect(await ask("slow")).toEqual({ status: 200 });
    await until("the log names it", async () => logged("held up the server").length > 0);
    expect(logged("held up the server")).toHaveLength(1);
    expect(JSON.parse(logged("held up the server")[0] ?? "")).toMatchObject({
      level: 40,
      transform: "odd",
      part: "check",
    });
  });
});
