import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { freePorts, testFolder, until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { httpProcesses, startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { Load, type LoadRequest } from "./testing_load.ts";

const isLong = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const RESTARTS = isLong ? 10 : 2;
const REQUESTS = isLong ? 5_000 : 400;

/** Long enough for the clients of a busy machine, which may pause longer than intended. */
const LONG_DRAIN = { PROGIMAGE_DRAIN_IDLE_MS: "5000", PROGIMAGE_DRAIN_MS: "30000" };

describe("a server that is told to stop", () => {
  test.each([1, 2])(
    "loses no request under load, by %d HTTP processes",
    async (count) => {
      await using folder = await testFolder();
      const settings = {
        ...LONG_DRAIN,
        PROGIMAGE_PORT: String(freePorts(1)[0]),
        PROGIMAGE_HTTP_PROCESSES: String(count),
      };
      const start = () => startServer({ dataDir: folder.path, settings });
      let server = await start();
      const next = await requests(server);
      const load = new Load({ url: server.url, keeping: 12, connecting: 4, next });
      for (let restart = 1; restart <= RESTARTS; restart++) {
        const enough = (REQUESTS * restart) / RESTARTS;
        await until("there were enough requests", async () => load.count >= enough, 60_000);
        server.kill("SIGTERM");
        expect(await server.exited).toBe(0);
        server = await start();
      }
      const before = load.count;
      await until("the server answers again", async () => load.count > before + 50);
      await load[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      expect(load.lost).toEqual([]);
      expect(load.count).toBeGreaterThanOrEqual(REQUESTS);
      expect([...load.answered.keys()].toSorted()).toEqual([200, 201]);
    },
    isLong ? 300_000 : 60_000,
  );

  test("answers requests on open connections, and closes these afterwards", async () => {
    await using server = await startServer({ settings: LONG_DRAIN });
    const [used, unused, closed] = await Promise.all([1, 2, 3].map(() => connected(server)));
    if (!used || !unused || !closed) throw new Error("Cannot test without connections");
    expect(await ask(used)).toMatch(/^HTTP\/1\.1 200 (?!.*connection: close)/is);
    server.kill("SIGTERM");
    await until("nothing listens any more", async () => await isRefused(server));
    for (const socket of [used, unused]) {
      const ended = once(socket, "end");
      expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 .*connection: close/is);
      await ended;
    }
    closed.destroy();
    const startedAt = performance.now();
    expect(await server.exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(Number(LONG_DRAIN.PROGIMAGE_DRAIN_IDLE_MS));
  });

  test("closes idle connections after PROGIMAGE_DRAIN_IDLE_MS", async () => {
    await using server = await startServer({ settings: { ...LONG_DRAIN, PROGIMAGE_DRAIN_IDLE_MS: "1000" } });
    const socket = await connected(server);
    await ask(socket);
    const ended = once(socket, "end");
    const startedAt = performance.now();
    server.kill("SIGTERM");
    await ended;
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
    expect(await server.exited).toBe(0);
  });
});

describe("one of several HTTP processes that is told to stop", () => {
  test("loses no request, and the others go on", async () => {
    const settings = { ...LONG_DRAIN, PROGIMAGE_HTTP_PROCESSES: "2" };
    await using server = await startServer({ settings });
    const load = new Load({ url: server.url, keeping: 24, connecting: 4, next: await requests(server) });
    await until("there were some requests", async () => load.count >= 200);
    const [leaving = 0, staying = 0] = await httpProcesses(server);
    process.kill(leaving, "SIGTERM");
    await until("there is another", async () => {
      const now = await httpProcesses(server);
      return now.length === 2 && !now.includes(leaving) && now.includes(staying);
    });
    const before = load.count;
    await until("there were more requests", async () => load.count >= before + 200);
    await load[Symbol.asyncDispose]();
    expect(load.lost).toEqual([]);
    expect([...load.answered.keys()].toSorted()).toEqual([200, 201]);
  });
});

/** Stores a picture. Returns a function that returns requests for it, and sometimes uploads of others. */
async function requests(server: TestServer): Promise<() => LoadRequest> {
  const { id } = await server.client.images.upload(await noise(1, 300, 200));
  const pictures = await Promise.all(Array.from({ length: 8 }, (_, seed) => noise(seed + 2, 24, 16)));
  const paths = [`/images/${id}`, `/images/${id}.webp?resize=60x`, `/images/${id}/info`, "/healthz"];
  let asked = 0;
  return () => {
    const body = asked % 16 === 0 ? pictures[(asked / 16) % pictures.length] : undefined;
    const path = paths[asked++ % paths.length] ?? "";
    return body ? { method: "POST", path: "/images", body } : { method: "GET", path };
  };
}

async function connected(server: TestServer): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  return socket;
}

async function isRefused(server: TestServer): Promise<boolean> {
  return await connected(server).then(
    (socket) => (socket.destroy(), false),
    () => true,
  );
}

/** Sends a request on a connection. Returns its answer, which arrives in one piece. */
async function ask(socket: Socket): Promise<string> {
  const answer = once(socket, "data");
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return String((await answer)[0]);
}
