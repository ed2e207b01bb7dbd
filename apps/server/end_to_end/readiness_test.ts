import { expect, test } from "bun:test";
import { join } from "node:path";
import { until } from "@progimage/core/testing";
import { startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { blobsBelow } from "./testing_server.ts";

test("GET /readyz in mode keys shows its notices to callers with the scope server alone", async () => {
  await using keyed = await startKeyed({ settings: { PROGIMAGE_SWEEP_INTERVAL_MS: "100" } });
  const readiness = async (key?: string) => {
    const response = await keyed.ask("/readyz", { ...(key !== undefined && { key }) });
    return [response.status, await response.json()];
  };
  const id = await keyed.upload(await noise(1));
  const fsDir = join(keyed.server.dataDir, "fs");
  const [blob = ""] = await blobsBelow(fsDir);
  await Bun.write(join(fsDir, "blobs", blob), "damaged");
  expect((await keyed.ask(`/images/${id}.png`, { key: keyed.admin })).status).toBe(500);
  await until("the server is ready and the operator has a notice", async () => {
    const [status, found] = await readiness(keyed.admin);
    return (status === 200 && JSON.stringify(found).includes("images_damaged")) || found;
  });
  const server = await keyed.makeKey("server");
  const notices = [expect.objectContaining({ code: "images_damaged" })];
  expect(await readiness(server.key)).toEqual([200, { status: "ready", notices }]);
  const lesser = await keyed.makeKey("admin", "images:read");
  for (const key of [undefined, lesser.key, "wrong"])
    expect(await readiness(key)).toEqual([200, { status: "ready" }]);
});
