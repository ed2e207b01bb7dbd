import { expect, test } from "bun:test";
import { join } from "node:path";
import { clientShapes } from "./client_shapes.ts";

test("the client's types of the API's JSON are up to date: bun run docs writes them", async () => {
  for (const [path, text] of clientShapes())
    expect([path, await Bun.file(join(import.meta.dir, "..", path)).text()]).toEqual([path, text]);
});
