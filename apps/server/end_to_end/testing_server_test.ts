import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { startServer } from "./testing_server.ts";

test("startServer logs into a folder that is not there yet", async () => {
  await using folder = await testFolder();
  const logPath = join(folder.path, "logs", "node.log");
  {
    await using server = await startServer({ logPath });
    expect((await fetch(`${server.url}/images`)).status).toBe(200);
  }
  expect(await Bun.file(logPath).text()).toContain('"path":"/images"');
});
