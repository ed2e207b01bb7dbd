import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePorts, testFolder, until } from "@progimage/core/testing";
import { noise, twoColours } from "./testing_pictures.ts";
import { descendants, filesBelow, isRunning, startServer } from "./testing_server.ts";

const PROGRAM = join(import.meta.dir, "..", "main.ts");

function run(environment: Record<string, string>, ...args: string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const result = Bun.spawnSync([process.execPath, PROGRAM, ...args], {
    env: { PATH, HOME, ...environment },
    timeout: 20_000,
  });
  return { code: result.exitCode, output: result.stdout.toString(), errors: result.stderr.toString() };
}

/** Starts a server whose database accepts connections and is silent. Returns it, and the process that prepares its start. */
async function startWaiting() {
  const connected = Promise.withResolvers<void>();
  const socket = { open: () => connected.resolve(), data() {} };
  const database = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  const { PATH = "", HOME = "" } = process.env;
  const child = Bun.spawn([process.execPath, PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, PROGIMAGE_DATABASE_URL: `postgres://a:b@127.0.0.1:${database.port}/c` },
  });
  await connected.promise;
  const [preparing = 0] = await descendants(child.pid);
  return { child, preparing, [Symbol.dispose]: () => database.stop(true) };
}

describe("the program", () => {
  test("--help prints every setting, --version the version", () => {
    expect(run({}, "--help")).toMatchObject({
      code: 0,
      output: expect.stringContaining("PROGIMAGE_DATA_DIR"),
    });
    expect(run({}, "--version").output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("a wrong setting stops the start with a message that names the variable, and no stack", () => {
    const { code, errors } = run({ PROGIMAGE_PORT: "x" });
    expect(code).toBe(2);
    expect(errors).toContain("PROGIMAGE_PORT");
    expect(errors).not.toContain("    at ");
  });

  for (const count of ["1", "3"]) {
    test(`a port in use and an invalid host stop the start of ${count}`, async () => {
      await using folder = await testFolder();
      using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const cases = [
        [{ PROGIMAGE_PORT: String(taken.port) }, `PROGIMAGE_PORT ${taken.port} of 127.0.0.1`],
        [{ PROGIMAGE_HOST: "192.0.2.1", PROGIMAGE_ACCESS: "open" }, 'PROGIMAGE_HOST "192.0.2.1"'],
        [{ PROGIMAGE_HOST: "nowhere.invalid", PROGIMAGE_ACCESS: "open" }, 'PROGIMAGE_HOST "nowhere.invalid"'],
      ] as const;
      for (const [settings, message] of cases) {
        const { code, output, errors } = run({
          PROGIMAGE_DATA_DIR: folder.path,
          PROGIMAGE_HTTP_PROCESSES: count,
          PROGIMAGE_PORT: "0",
          ...settings,
        });
        expect({ code, output }).toEqual({ code: 2, output: "" });
        expect(errors).toContain(`Cannot listen on ${message}`);
        expect(errors).not.toContain("    at ");
        expect(errors.trim().split("\n")).toHaveLength(1);
      }
    });
  }

  test("a refusal to start is a line of a log that must be JSON", () => {
    const { code, output, errors } = run({
      PROGIMAGE_PLUGINS: "@acme/nowhere",
      PROGIMAGE_LOG_FORMAT: "json",
    });
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(JSON.parse(errors)).toMatchObject({ level: 60, msg: expect.stringContaining("@acme/nowhere") });
  });

  test("a plugin that is not there stops the start with a message that names it", () => {
    const { code, errors } = run({ PROGIMAGE_PLUGINS: "@acme/nowhere" });
    expect(code).toBe(2);
    expect(errors).toContain("@acme/nowhere");
    expect(errors).not.toContain("    at ");
  });

  test("a plugin of the wrong shape stops the start with a message that names it", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "wrong.ts"), 'export default { name: "wrong-one" };');
    const settings = {
      PROGIMAGE_PLUGINS: "./wrong.ts",
      PROGIMAGE_PLUGINS_DIR: folder.path,
      PROGIMAGE_DATA_DIR: folder.path,
      PROGIMAGE_PORT: "0",
    };
    const { code, errors } = run(settings);
    expect(code).toBe(2);
    expect(errors).toMatch(/wrong/);
    expect(errors).not.toContain("    at ");
  });

  test("invalid presets and hosts stop the start with a message that names them", async () => {
    await using folder = await testFolder();
    const presets = join(folder.path, "presets.json");
    const start = (settings: Record<string, string>) =>
      run({ PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_PORT: "0", ...settings });
    await Bun.write(presets, '{ "hero": { "recipe": "resise=300x" } }');
    const cases = [
      [{ PROGIMAGE_PRESETS: presets }, /PROGIMAGE_PRESETS .*"hero".*did you mean "resize"/],
      [{ PROGIMAGE_PRESETS: join(folder.path, "nowhere.json") }, /PROGIMAGE_PRESETS .*nowhere\.json/],
      [{ PROGIMAGE_FETCH_ALLOW_HOSTS: "http://a/" }, /PROGIMAGE_FETCH_ALLOW_HOSTS/],
    ] as const;
    for (const [settings, message] of cases) {
      const { code, errors } = start(settings);
      expect(code).toBe(2);
      expect(errors).toMatch(message);
      expect(errors).not.toContain("    at ");
    }
  });

  test("state folders can each be elsewhere", async () => {
    await using folder = await testFolder();
    const at = (name: string) => join(folder.path, name);
    await using server = await startServer({
      settings: { PROGIMAGE_FS_DIR: at("f"), PROGIMAGE_DB_DIR: at("d"), PROGIMAGE_TMP_DIR: at("t") },
    });
    await server.client.images.upload(await twoColours());
    const blobs = (await filesBelow(at("f"))).filter((path) => path.startsWith("blobs"));
    expect(blobs.toSorted().map((path) => path.split("/").length)).toEqual([3, 2]);
    expect(blobs).toContain("blobs/installation.json");
    expect(await filesBelow(at("d"))).toContain("progimage.sqlite");
    expect(await filesBelow(server.dataDir)).toEqual([]);
  });

  test("images outlive the server", async () => {
    await using folder = await testFolder();
    const picture = await noise(7);
    const first = await startServer({ dataDir: folder.path });
    const { id } = await first.client.images.upload(picture);
    await first[Symbol.asyncDispose]();
    await using second = await startServer({ dataDir: folder.path });
    expect(Buffer.compare(await second.client.image(id).bytes(), picture)).toBe(0);
  });

  describe("while its start is prepared", () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`ends at ${signal} with code 0, and leaves no process`, async () => {
        using server = await startWaiting();
        server.child.kill(signal);
        expect(await server.child.exited).toBe(0);
        expect(await isRunning(server.preparing)).toBe(false);
      });
    }

    test("leaves no process when it is killed", async () => {
      using server = await startWaiting();
      expect(await isRunning(server.preparing)).toBe(true);
      server.child.kill("SIGKILL");
      await until("the other process has ended", async () => !(await isRunning(server.preparing)));
    });

    test("ends, and says why, if the process that prepares it is killed", async () => {
      using server = await startWaiting();
      process.kill(server.preparing, "SIGKILL");
      expect(await server.child.exited).toBe(137);
      const log = await new Response(server.child.stderr).text();
      expect(log).toMatch(/prepares the start ended with code 137: .*memory/);
    });
  });

  test("SIGTERM lets requests finish, then ends every process", async () => {
    // On a busy machine an AVIF takes long.
    const settings = { PROGIMAGE_DRAIN_MS: "50000", PROGIMAGE_RENDER_DEADLINE_MS: "50000" };
    const server = await startServer({ settings });
    const picture = await noise(8, 1200, 900);
    const { id } = await server.client.images.upload(picture);
    const processes = await descendants(server.pid);
    expect(processes.length).toBeGreaterThan(2);
    const rendering = server.client.image(id).avif({ effort: 4 }).bytes();
    await Bun.sleep(100);
    server.kill("SIGTERM");
    expect((await rendering).length).toBeGreaterThan(100);
    expect(await server.exited).toBe(0);
    expect(await Promise.all(processes.map(isRunning))).not.toContain(true);
    await server[Symbol.asyncDispose]();
  });

  test("an HTTP process that dies is replaced, and none of its children remain", async () => {
    await using server = await startServer({ settings: { PROGIMAGE_PORT: String(freePorts(1)[0]) } });
    const { id } = await server.client.images.upload(await noise(9));
    const before = await descendants(server.pid);
    process.kill(before[0] ?? 0, "SIGKILL");
    const deadline = Date.now() + 5_000;
    while (
      !(await fetch(`${server.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )) &&
      Date.now() < deadline
    )
      await Bun.sleep(20);
    expect((await server.client.images.get(id)).id).toBe(id);
    expect(await Promise.all(before.map(isRunning))).not.toContain(true);
  });

  test("a render process that is killed costs one request at most", async () => {
    await using server = await startServer({ settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
    const { id } = await server.client.images.upload(await noise(10, 1200, 900));
    const [httpProcess = 0] = await descendants(server.pid);
    const workers = await descendants(httpProcess);
    const ticks = async () => (await Promise.all(workers.map(ticksOf))).reduce((sum, each) => sum + each, 0);
    const before = await ticks();
    const rendering = fetch(`${server.url}/images/${id}.avif?compress=effort:4`);
    await until("the render has begun", async () => (await ticks()) > before + 10);
    for (const pid of workers) process.kill(pid, "SIGKILL");
    const response = await rendering;
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ code: "busy" });
    expect((await fetch(`${server.url}/images/${id}.webp`)).status).toBe(200);
    expect((await fetch(`${server.url}/images/${id}.avif?compress=effort:0`)).status).toBe(200);
  });

  test("a client that leaves during a render is not logged as a defect", async () => {
    await using server = await startServer({
      settings: {
        PROGIMAGE_LOG_LEVEL: "debug",
        PROGIMAGE_RENDER_PROCESSES: "1",
        PROGIMAGE_QUEUE_WAIT_MS: "60000",
      },
    });
    const { id } = await server.client.images.upload(await noise(11, 1200, 900));
    const slow = `${server.url}/images/${id}.avif?compress=effort:4`;
    const leaving = [1, 2].map(async (version) => {
      const controller = new AbortController();
      const answer = fetch(`${slow}&v=${version}`, { signal: controller.signal });
      await Bun.sleep(150);
      controller.abort();
      return await answer.catch((error: Error) => error.name);
    });
    expect(await Promise.all(leaving)).toEqual(["AbortError", "AbortError"]);
    await until("both requests are logged as cancelled", () => server.log().includes('"status":499'));
    expect(server.log()).not.toContain('"level":50');
    expect((await fetch(`${server.url}/images/${id}.webp`)).status).toBe(200);
  });

  test("a client that leaves in the middle of an upload leaves nothing behind", async () => {
    await using server = await startServer();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /images HTTP/1.1\r\nHost: x.localhost\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(100_000)}`,
    );
    const incoming = join(server.dataDir, "fs", "incoming");
    await until("the upload has begun", async () => (await filesBelow(incoming)).length > 0);
    socket.destroy();
    await until("no file is left", async () => {
      const left = await filesBelow(incoming);
      return left.length === 0 || left;
    });
  });

  test("a client that sends too slowly is sent away", async () => {
    await using server = await startServer({
      settings: { PROGIMAGE_UPLOAD_IDLE_MS: "1000", PROGIMAGE_UPLOAD_MIN_RATE: "1000000" },
    });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (data) => (answer += data.toString()));
    socket.write("POST /images HTTP/1.1\r\nHost: x.localhost\r\nContent-Length: 1000000\r\n\r\n");
    const sending = setInterval(() => socket.write("x".repeat(100)), 50);
    await new Promise((resolve) => socket.on("close", resolve).on("data", resolve).on("error", resolve));
    clearInterval(sending);
    socket.destroy();
    expect(answer).toStartWith("HTTP/1.1 408");
    expect(answer).toContain("too_slow");
    expect(await filesBelow(join(server.dataDir, "fs", "incoming"))).toEqual([]);
  });

  test("a malformed Host header or request line gets no stack trace", async () => {
    await using server = await startServer();
    const { hostname, port } = new URL(server.url);
    for (const head of [
      "GET / HTTP/1.1\r\nHost: [\r\n\r\n",
      "GET /images/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET //x HTTP/1.1\r\nHost: \r\n\r\n",
    ]) {
      const socket = connect(Number(port), hostname);
      let answer = "";
      socket.on("data", (data) => (answer += data.toString()));
      socket.write(head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      await new Promise((resolve) => socket.on("close", resolve));
      expect(answer).not.toContain(".ts");
      expect(answer).not.toContain("<html");
    }
  });
});

describe("an operator's plugin", () => {
  test("is loaded from a path and works in URLs and in the catalogue", async () => {
    await using folder = await testFolder();
    await mkdir(join(folder.path, "node_modules", "@progimage"), { recursive: true });
    await Bun.write(join(folder.path, "red.ts"), PLUGIN);
    await using server = await startServer({
      settings: { PROGIMAGE_PLUGINS: "./red.ts", PROGIMAGE_PLUGINS_DIR: folder.path },
    });
    const { id } = await server.client.images.upload(await twoColours());
    const image = await fetch(`${server.url}/images/${id}.png?red.redden=0.5`);
    expect(image.status).toBe(200);
    const { items } = (await (await fetch(`${server.url}/transforms`)).json()) as {
      items: { name: string; plugin: string }[];
    };
    expect(items.find(({ name }) => name === "red.redden")?.plugin).toBe("@acme/progimage-plugin-red");
  });
});

/** As an author would write it who has only read the documentation. */
const PLUGIN = `
import { definePlugin, defineTransform, number } from ${JSON.stringify(Bun.resolveSync("@progimage/core/plugin", import.meta.dir))};

export default definePlugin({
  name: "@acme/progimage-plugin-red",
  namespace: "red",
  transforms: [
    defineTransform({
      name: "redden",
      version: 1,
      summary: "Makes the image redder.",
      params: { amount: number({ min: 0, max: 1, default: 1, summary: "How much" }) },
      shorthand: "amount",
      apply: (image, { amount }) => image.linear([1 + amount, 1, 1, 1], [0, 0, 0, 0]),
    }),
  ],
});
`;

/** Returns the CPU time that a process has used, in hundredths of a second. */
async function ticksOf(pid: number): Promise<number> {
  const text = await Bun.file(`/proc/${pid}/stat`).text();
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
