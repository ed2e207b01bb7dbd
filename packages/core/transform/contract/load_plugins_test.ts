import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPlugins } from "./load_plugins.ts";

describe("loadPlugins()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-plugins-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function write(name: string, code: string): Promise<string> {
    const path = join(folder, `${name}.mjs`);
    await Bun.write(path, code);
    return path;
  }

  test("imports plugins that know nothing of this package", async () => {
    const transform = "{ name: 'same', version: 1, summary: 'Same', params: {}, apply: (image) => image }";
    const path = await write(
      "good",
      `export default { contract: 1, name: 'good', namespace: 'good', transforms: [${transform}] };`,
    );
    expect((await loadPlugins([path])).list().map(({ name }) => name)).toEqual(["good.same"]);
  });

  test.each([
    ["empty", "export const a = 1;", "no default export"],
    ["broken", "throw new Error('it rains');", "it rains"],
    ["wrong", "export default { contract: 9, name: 'wrong' };", 'Cannot load plugin "wrong"'],
  ])("names a module that is %s", async (name, code, message) => {
    const path = await write(name, code);
    await expect(loadPlugins([path])).rejects.toThrow(message);
  });

  test("gives up on an import that never settles, and has reported its module before", async () => {
    const path = await write("endless", "await new Promise(() => {});");
    const loading: string[] = [];
    const options = { deadline: 50, onLoading: (module: string) => loading.push(module) };
    await expect(loadPlugins([path], options)).rejects.toThrow("has not ended after 0.05 seconds");
    expect(loading).toEqual([path]);
  });

  test("puts a message of several lines on one", async () => {
    const path = await write("long", "throw new Error('it\\n  rains');");
    await expect(loadPlugins([path])).rejects.toThrow("it rains");
  });
});
