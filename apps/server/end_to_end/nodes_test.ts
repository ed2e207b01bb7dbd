import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder, until } from "@progimage/core/testing";
import { type Connection, connectToEach, pidOf } from "./testing_connection.ts";
import { lingerPlugin } from "./testing_linger_plugin.ts";
import { noise } from "./testing_pictures.ts";
import {
  descendants,
  isRunning,
  startServer,
  type StartServerOptions,
  type TestServer,
} from "./testing_server.ts";

const COUNT = 3;

/** A server of several HTTP processes, with a transform `linger=ms` that takes that long and is counted. */
interface ManyServer extends AsyncDisposable {
  readonly server: TestServer;
  /** One connection to each HTTP process. */
  readonly connections: readonly [Connection, Connection, Connection];
  /** Returns the number of renders that have begun. */
  readonly renders: () => Promise<number>;
}

async function startMany(options: StartServerOptions = {}): Promise<ManyServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await testFolder());
  const record = join(folder.path, "renders.txt");
  await Bun.write(record, "");
  await Bun.write(join(folder.path, "linger.ts"), lingerPlugin(record));
  const server = stack.use(
    await startServer({
      ...options,
      settings: {
        PROGIMAGE_HTTP_PROCESSES: String(COUNT),
        PROGIMAGE_RENDER_PROCESSES: "4",
        PROGIMAGE_PLUGINS: "./linger.ts",
        PROGIMAGE_PLUGINS_DIR: folder.path,
        ...options.settings,
      },
    }),
  );
  const [one, two, three] = await connectToEach(server, COUNT);
  if (!one || !two || !three) throw new Error("Cannot test fewer than three processes");
  for (const connection of [one, two, three]) stack.use(connection);
  const kept = stack.move();
  return {
    server,
    connections: [one, two, three],
    renders: async () => (await Bun.file(record).text()).length,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Sends a request on a new connection. Returns its status and the process that answered. */
async function freshly(server: TestServer, path: string) {
  const requestId = crypto.randomUUID();
  const response = await fetch(server.url + path, {
    keepalive: false,
    headers: { "x-request-id": requestId },
  });
  await response.bytes();
  return { status: response.status, pid: await pidOf(server, requestId) };
}

/** Returns the direct children of a process. */
async function children(pid: number): Promise<readonly number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return text.split(" ").filter(Boolean).map(Number);
}

async function expectToEnd(pids: readonly number[]): Promise<void> {
  await until(
    "all processes have ended",
    async () => !(await Promise.all(pids.map(isRunning))).includes(true),
  );
}

describe("several HTTP processes on one port", () => {
  let many: ManyServer;
  let one: Connection;
  let two: Connection;
  let three: Connection;
  beforeAll(async () => {
    many = await startMany();
    [one, two, three] = many.connections;
  });
  afterAll(() => many[Symbol.asyncDispose]());

  const upload = async (bytes: Uint8Array) => {
    const { status, image } = await one.send("/images", { method: "POST", body: bytes });
    expect(status).toBe(201);
    return image();
  };

  test("each have their share of the render processes, and one probe process", async () => {
    const pids = await children(many.server.pid);
    expect(pids.toSorted()).toEqual(many.connections.map(({ pid }) => pid).toSorted());
    const parts = await Promise.all(pids.map(async (pid) => (await children(pid)).length));
    expect(parts.toSorted()).toEqual([2, 2, 3]);
  });

  test("share new connections among themselves", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => freshly(many.server, "/healthz")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBeGreaterThan(1);
  });

  test("say once that they are ready, and link to the same place", async () => {
    const { id, href } = await upload(await noise(20));
    expect(href).toStartWith(many.server.url);
    for (const { send } of [two, three]) expect((await send(`/images/${id}/info`)).image().href).toBe(href);
    expect(many.server.output().match(/ready at/g)).toHaveLength(1);
  });

  test("serve a new image and a changed one immediately", async () => {
    const picture = await noise(21);
    const { id } = await upload(picture);
    for (const { send } of [two, three]) {
      expect(Buffer.compare((await send(`/images/${id}`)).body, picture)).toBe(0);
      expect((await send(`/images/${id}.png?resize=20x`)).status).toBe(200);
    }
    const body = Buffer.from(JSON.stringify({ name: "changed.jpg" }));
    const headers = { "content-type": "application/merge-patch+json" };
    expect((await two.send(`/images/${id}`, { method: "PATCH", body, headers })).status).toBe(200);
    for (const { send } of [two, one, three])
      expect((await send(`/images/${id}/info`)).image().name).toBe("changed.jpg");
  });

  test("none answers 200 after another has answered 204 to a DELETE or an erasure", async () => {
    for (let tries = 0; tries < 40; tries++) {
      const { id } = await upload(await noise(60 + tries));
      const paths = [`/images/${id}`, `/images/${id}.webp?linger=1`, `/images/${id}/info`];
      // Twice: the second answer comes from memory.
      for (const path of [...paths, ...paths])
        for (const { send } of [two, three]) expect((await send(path)).status).toBe(200);
      const erases = tries % 2 === 1;
      const gone = erases
        ? await one.send(`/images/${id}/erase`, { method: "POST" })
        : await one.send(`/images/${id}`, { method: "DELETE" });
      expect(gone.status).toBe(204);
      const after = await Promise.all(
        [two, three].map(async ({ send }) => {
          const statuses: number[] = [];
          for (const path of paths) statuses.push((await send(path)).status);
          return statuses;
        }),
      );
      expect({ tries, seen: [...new Set(after.flat())] }).toEqual({ tries, seen: [erases ? 404 : 410] });
    }
  });

  test("a client that changes, reads and changes again by way of any of them meets no conflict", async () => {
    const { id } = await upload(await noise(27));
    const path = `/images/${id}/info`;
    const type = { "content-type": "application/merge-patch+json" };
    for (let tries = 0; tries < 30; tries++) {
      const [writer, reader] = [many.connections[tries % 3], many.connections[(tries + 1) % 3]];
      const { image } = await (reader ?? one).send(path);
      const etag = `"${id}-${image().revision}-0"`;
      const body = Buffer.from(JSON.stringify({ name: `name ${tries}` }));
      const headers = { ...type, "if-match": etag };
      expect((await (writer ?? one).send(path, { method: "PATCH", body, headers })).status).toBe(200);
      expect((await (reader ?? one).send(path)).image().name).toBe(`name ${tries}`);
    }
  });

  test("store concurrently, and only once for the same Idempotency-Key", async () => {
    const pictures = await Promise.all(Array.from({ length: 8 }, (_, index) => noise(40 + index)));
    const uploads = many.connections.map(async ({ send }, index) => {
      const ids: string[] = [];
      for (const [place, body] of pictures.entries()) {
        const headers = { "idempotency-key": place === 0 ? "all" : `${index}-${place}` };
        const { status, image } = await send("/images", { method: "POST", body, headers });
        expect(status).toBe(201);
        ids.push(image().id);
      }
      return ids;
    });
    const ids = await Promise.all(uploads);
    expect(new Set(ids.map(([first]) => first)).size).toBe(1);
    expect(new Set(ids.flat()).size).toBe(1 + COUNT * (pictures.length - 1));
    for (const id of ids.flat()) expect((await two.send(`/images/${id}/info`)).status).toBe(200);
  });

  test("all answer 410 on any connection after one has deleted an image", async () => {
    const { id } = await upload(await noise(22));
    const paths = [`/images/${id}`, `/images/${id}.webp`, `/images/${id}/info`];
    for (const path of paths) {
      for (const { send } of many.connections) expect((await send(path)).status).toBe(200);
    }
    expect((await three.send(`/images/${id}`, { method: "DELETE" })).status).toBe(204);
    for (const path of paths) {
      for (const { send } of many.connections) expect((await send(path)).status).toBe(410);
    }
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => freshly(many.server, `/images/${id}`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([410]));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBeGreaterThan(1);
  });

  test("all serve an image again after one has restored it", async () => {
    const { id } = await upload(await noise(26));
    const path = `/images/${id}.webp`;
    for (const { send } of many.connections) expect((await send(path)).status).toBe(200);
    expect((await three.send(`/images/${id}`, { method: "DELETE" })).status).toBe(204);
    for (const { send } of many.connections) expect((await send(path)).status).toBe(410);
    expect((await two.send(`/images/${id}/restore`, { method: "POST" })).status).toBe(200);
    for (const { send } of many.connections) expect((await send(path)).status).toBe(200);
  });

  test("all give another render immediately after one has purged", async () => {
    const { id } = await upload(await noise(24));
    const path = `/images/${id}.webp?linger=1`;
    const first = await fetch(many.server.url + path);
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    const hasOld = async ({ send }: Connection) => (await send(path, { headers })).status === 304;
    for (const connection of many.connections) expect(await hasOld(connection)).toBe(true);
    const body = Buffer.from(JSON.stringify({ select: { ids: [id] } }));
    const purge = { method: "POST", body, headers: { "content-type": "application/json" } };
    expect((await two.send("/purge", purge)).status).toBe(200);
    for (const connection of [two, one, three]) expect(await hasOld(connection)).toBe(false);
  });

  test("serve a new version under its URL immediately, even if they have just cached the image", async () => {
    const { id } = await upload(await noise(25));
    const path = `/images/${id}.webp?linger=1`;
    const headers = { "if-none-match": (await fetch(many.server.url + path)).headers.get("etag") ?? "" };
    const body = Buffer.from(JSON.stringify({ select: { ids: [id] } }));
    const purge = { method: "POST", body, headers: { "content-type": "application/json" } };
    expect((await one.send(path, { headers })).status).toBe(304);
    expect((await two.send("/purge", purge)).status).toBe(200);
    const { href } = (await two.send(`/images/${id}/info`)).image();
    expect((await one.send(`${path}&${new URL(href).searchParams}`, { headers })).status).toBe(200);
  });

  test("render the same recipe at most once each, for any number of concurrent requests", async () => {
    const { id } = await upload(await noise(23));
    const path = `/images/${id}.webp?linger=1000`;
    const before = await many.renders();
    const answers = await Promise.all([
      ...Array.from({ length: 40 }, () => freshly(many.server, path)),
      ...many.connections.map(async ({ pid, send }) => ({ pid, status: (await send(path)).status })),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const renders = (await many.renders()) - before;
    expect(renders).toBeGreaterThan(0);
    expect(renders).toBeLessThanOrEqual(COUNT);
    for (const { send } of many.connections) expect((await send(path)).status).toBe(200);
    expect(await many.renders()).toBe(before + renders);
  });

  test("do not share their port with another program, not even with one of the same kind", async () => {
    const { port } = new URL(many.server.url);
    const starting = startServer({ settings: { PROGIMAGE_PORT: port, PROGIMAGE_HTTP_PROCESSES: "2" } });
    await expect(starting).rejects.toThrow(`exit code 2, Cannot listen on PROGIMAGE_PORT ${port}`);
  });
});

describe("one of several HTTP processes", () => {
  test("that is killed is replaced while the others answer", async () => {
    await using many = await startMany();
    const { server, connections } = many;
    const [victim, ...others] = connections;
    const picture = await noise(24);
    const { id } = await server.client.images.upload(picture);
    const before = await descendants(victim.pid);
    const over = new AbortController();
    const statuses = others.map(async ({ send }) => {
      const seen = new Map<number, number>();
      while (!over.signal.aborted) {
        const { status } = await send(`/images/${id}`);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
      return seen;
    });
    process.kill(victim.pid, "SIGKILL");
    await expectToEnd([victim.pid, ...before]);
    // The dead process accepts no more connections: every new one reaches another.
    const known = new Set(connections.map(({ pid }) => pid));
    let replacedBy = 0;
    await until("a new process answers", async () => {
      const { status, pid } = await freshly(server, `/images/${id}.png`);
      expect(status).toBe(200);
      if (!known.has(pid)) replacedBy = pid;
      return replacedBy !== 0;
    });
    expect((await children(server.pid)).toSorted()).toEqual(
      [...others.map(({ pid }) => pid), replacedBy].toSorted(),
    );
    over.abort();
    for (const seen of await Promise.all(statuses)) {
      expect([...seen.keys()]).toEqual([200]);
      expect(seen.get(200)).toBeGreaterThan(10);
    }
    expect(server.log()).toContain(`HTTP process ${victim.pid} ended with code 137: starting another`);
  });

  test("that fails to start is restarted until it succeeds, while the others answer", async () => {
    await using folder = await testFolder();
    const presets = join(folder.path, "presets.json");
    await Bun.write(presets, "{}");
    await using many = await startMany({ settings: { PROGIMAGE_PRESETS: presets } });
    const { server, connections } = many;
    const [victim, other] = connections;
    await Bun.write(presets, "no JSON");
    process.kill(victim.pid, "SIGKILL");
    await until(
      "two starts have failed",
      async () => (server.log().match(/ended with code 2: starting another in/g) ?? []).length > 1,
    );
    expect((await other.send("/healthz")).status).toBe(200);
    await Bun.write(presets, "{}");
    await until("all processes run", async () => (await children(server.pid)).length === COUNT);
    const known = new Set(connections.map(({ pid }) => pid));
    await until("the new process answers", async () => !known.has((await freshly(server, "/healthz")).pid));
  });
});

describe("a program of several HTTP processes", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`lets all requests in progress finish at ${signal}`, async () => {
      await using many = await startMany();
      const { server, connections } = many;
      const { id } = await server.client.images.upload(await noise(25));
      const processes = await descendants(server.pid);
      const answers = connections.map(({ send }, index) =>
        send(`/images/${id}.webp?resize=${20 + index}x&linger=1500`),
      );
      await until(
        "each process has its render",
        async () => (await many.renders()) === COUNT || (await many.renders()),
      );
      server.kill(signal);
      const startedAt = performance.now();
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await server.exited).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(8_000);
      expect(await Promise.all(processes.map(isRunning))).not.toContain(true);
    });
  }

  test("ends within its time limit even if a request does not", async () => {
    await using many = await startMany({ settings: { PROGIMAGE_DRAIN_MS: "300" } });
    const { server, connections } = many;
    const { id } = await server.client.images.upload(await noise(26));
    const answer = connections[0].send(`/images/${id}.webp?linger=9000`).catch(() => null);
    await until("one render is left", async () => (await many.renders()) === 1 || (await many.renders()));
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(await answer).toBeNull();
  });

  test("leaves no process behind when its supervisor is killed", async () => {
    // As users start it: Bun's flags of a process apply to all its descendants.
    await using many = await startMany({ flags: [] });
    const { server, connections } = many;
    const { id } = await server.client.images.upload(await noise(27));
    const answer = connections[0].send(`/images/${id}.webp?linger=9000`).catch(() => null);
    await until("one render is left", async () => (await many.renders()) === 1 || (await many.renders()));
    const processes = await descendants(server.pid);
    expect(processes.length).toBeGreaterThan(2 * COUNT);
    server.kill("SIGKILL");
    try {
      await expectToEnd(processes);
      expect(await answer).toBeNull();
    } finally {
      const left = await Promise.all(processes.map(async (pid) => ((await isRunning(pid)) ? [pid] : [])));
      for (const pid of left.flat()) process.kill(pid, "SIGKILL");
    }
  });
});
