import { describe, expect, test } from "bun:test";
import { strace, straceObstacle, until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { httpProcesses, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const obstacle = await straceObstacle();
const FAILING = { calls: ["fdatasync"], inject: ["fdatasync:error=EIO"] } as const;

if (obstacle) console.log(`Failing syncs were not tested: ${obstacle}`);

describe.skipIf(obstacle !== null)("a server whose disk fails at a sync of the database", () => {
  test.each([1, 2])(
    "acknowledges nothing that is lost and goes on with a new process: %d of them",
    async (count) => {
      await using server = await startServer({ settings: { PROGIMAGE_HTTP_PROCESSES: String(count) } });
      const id = await stored(server, 1);
      const before = await httpProcesses(server);
      expect(before).toHaveLength(count);
      const traced = await Promise.all(before.map((pid) => strace(pid, FAILING)));
      const sent = [2, 3, 4, 5].map(async (seed) => await upload(server, seed).catch(() => null));
      const answers = (await Promise.all(sent)).filter((answer) => answer !== null);
      for (const each of traced) await each[Symbol.asyncDispose]();
      const refused = answers.filter((answer) => answer.status === 503);
      expect(refused).not.toBeEmpty();
      for (const answer of refused) await expectRefusal(answer);
      // A process that is ending loses requests, and a new one, whose disk works, may take them.
      const acknowledged = answers.filter((answer) => answer.status !== 503);
      await recovered(server);
      const after = await httpProcesses(server);
      expect(after.filter((pid) => before.includes(pid)).length).toBeLessThan(count);
      for (const answer of acknowledged) await expectAcknowledged(server, answer);
      expect((await fetch(`${server.url}/images/${id}`)).status).toBe(200);
      expect(server.log()).toMatch(/"level":60.*EIO/);
      expect(server.log()).toContain("ended with code 74: starting another");
    },
    60_000,
  );

  test("does not give up during the fault, although its only process is young each time", async () => {
    await using server = await startServer();
    const id = await stored(server, 1);
    // Includes all processes that it starts from now on. SQLite itself may use either call.
    const calls = ["fdatasync", "fsync"];
    const traced = await strace(server.pid, { calls, inject: [`${calls.join(",")}:error=EIO`] });
    const [own = 0] = await httpProcesses(server);
    const tracedOwn = await strace(own, FAILING);
    await expectRefusal(await upload(server, 2));
    await until("three more processes have failed", async () => starts(server) >= 4);
    expect(server.log()).not.toContain("giving up");
    await Promise.all([traced, tracedOwn].map((each) => each[Symbol.asyncDispose]()));
    await recovered(server);
    expect((await fetch(`${server.url}/images/${id}`)).status).toBe(200);
  }, 90_000);
});

function starts(server: TestServer): number {
  return server.log().split("ended with code 74: starting another").length - 1;
}

async function stored(server: TestServer, seed: number): Promise<string> {
  return await idOf(await upload(server, seed));
}

async function idOf(response: Response): Promise<string> {
  expect(response.status).toBe(201);
  return ((await response.json()) as { readonly id: string }).id;
}

async function expectAcknowledged(server: TestServer, response: Response): Promise<void> {
  expect((await fetch(`${server.url}/images/${await idOf(response)}`)).status).toBe(200);
}

/** Uses a new connection: a kept one may belong to a process that has ended. */
async function upload(server: TestServer, seed: number): Promise<Response> {
  const body = new Uint8Array(await noise(seed, 64, 64));
  return await fetch(`${server.url}/images`, { method: "POST", body, headers: { connection: "close" } });
}

async function expectRefusal(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: "storage_error", retryAfter: 5 });
}

async function recovered(server: TestServer): Promise<void> {
  await until("an upload is taken again", async () => {
    const response = await upload(server, 6).catch(() => null);
    return response?.status === 201;
  });
}
