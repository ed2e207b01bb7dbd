import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { freePorts, testFolder, until } from "@progimage/core/testing";
import { runCommand } from "../end_to_end/testing_command.ts";
import { httpProcesses, isRunning, startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** Short enough for a test, and long enough for a busy machine. */
const LIVENESS = { PROGIMAGE_LIVENESS_TIMEOUT_MS: "3000" };

/** Programs that loop forever: more than there are processors. */
const BUSY_PROGRAMS = 8;

const isLong = process.env["PROGIMAGE_LONG_TESTS"] === "true";

describe("an HTTP process that crashes again and again", () => {
  test("is restarted with a growing back-off, and each restart is logged", async () => {
    await using server = await startServer({ settings: await fixedPort() });
    for (let crash = 0; crash < 3; crash++) {
      const [pid = 0] = await answering(server);
      process.kill(pid, "SIGKILL");
      await until("it has ended", async () => !(await isRunning(pid)));
    }
    await answering(server);
    const pauses = restarts(server).map(({ code, pauseMs }) => [code, pauseMs]);
    expect(pauses).toEqual([250, 500, 1_000].map((pauseMs) => [137, pauseMs]));
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("is given up if it has never listened, with its code and the remedy", async () => {
    await using folder = await testFolder();
    // It crashes only the HTTP process: an exit would be explained, and render processes load it first.
    const program = `if (process.env.PROGIMAGE_DATA_DIR) process.kill(process.pid, "SIGKILL");
      export default { name: "crash", namespace: "crash", contract: 1, transforms: [] };`;
    await Bun.write(join(folder.path, "crash.ts"), program);
    const { code, errors } = await runCommand({
      PROGIMAGE_DATA_DIR: folder.path,
      PROGIMAGE_PORT: "0",
      PROGIMAGE_PLUGINS: "./crash.ts",
      PROGIMAGE_PLUGINS_DIR: folder.path,
    });
    expect(code).toBe(137);
    expect(errors.trim().split("\n")).toHaveLength(1);
    const line: unknown = JSON.parse(errors);
    expect(line).toMatchObject({
      level: 60,
      code: 137,
      msg: expect.stringMatching(/^Giving up .* code 137 .*: the system or its operator has killed it/),
    });
  });
});

describe("an HTTP process that does not respond", () => {
  test("is replaced, of one or two, and one line says so", async () => {
    await Promise.all([1, 2].map(expectReplacement));
  });

  async function expectReplacement(count: number): Promise<void> {
    const settings = { ...(await fixedPort()), ...LIVENESS, PROGIMAGE_HTTP_PROCESSES: String(count) };
    await using server = await startServer({ settings });
    const [deaf = 0, ...others] = await httpProcesses(server);
    process.kill(deaf, "SIGSTOP");
    await until("it has ended", async () => !(await isRunning(deaf)), 30_000);
    await until("there is another", async () => (await httpProcesses(server)).length === count);
    await answering(server);
    const after = await httpProcesses(server);
    expect(after).not.toContain(deaf);
    expect(after).toEqual(expect.arrayContaining([...others]));
    const said = restarts(server).map(({ msg }) => msg);
    expect(said).toEqual([
      `HTTP process ${deaf} gave no sign of life for 3000 ms and was ended: starting another`,
    ]);
  }

  test("is not one on a busy machine", async () => {
    await using server = await startServer({ settings: LIVENESS });
    const before = await httpProcesses(server);
    await using stack = new AsyncDisposableStack();
    for (let index = 0; index < BUSY_PROGRAMS; index++)
      stack.use(Bun.spawn(["sh", "-c", "while :; do :; done"]));
    const deadline = performance.now() + (isLong ? 30_000 : 5_000);
    while (performance.now() < deadline) expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await httpProcesses(server)).toEqual(before);
  });

  test("is killed if it does not stop on a signal", async () => {
    await using server = await startServer({ settings: { PROGIMAGE_DRAIN_MS: "100" } });
    const [deaf = 0] = await httpProcesses(server);
    process.kill(deaf, "SIGSTOP");
    server.kill("SIGTERM");
    await server.exited;
    expect(await isRunning(deaf)).toBe(false);
  });
});

describe("the supervisor", () => {
  test("logs as its HTTP processes do", async () => {
    const settings = { ...(await fixedPort()), PROGIMAGE_NONSENSE: "1" };
    await using server = await startServer({ settings });
    const [pid = 0] = await answering(server);
    process.kill(pid, "SIGKILL");
    await until("it says so", async () => restarts(server).length > 0);
    expect(lines(server)[0]).toMatchObject({
      level: 40,
      msg: expect.stringContaining("PROGIMAGE_NONSENSE"),
    });
    const own = lines(server).filter((line) => line.pid === server.pid);
    expect(own).toMatchObject([{ level: 50, httpPid: pid, code: 137 }]);
  });

  test("logs for people as its HTTP processes do", async () => {
    const settings = { PROGIMAGE_LOG_FORMAT: "pretty", PROGIMAGE_NONSENSE: "1" };
    await using server = await startServer({ settings });
    expect(server.log()).toMatch(/^\[[\d:.]+\] WARN: Ignoring PROGIMAGE_NONSENSE/);
  });
});

/** A fixed port, at which clients find a restarted process. */
async function fixedPort(): Promise<Readonly<Record<string, string>>> {
  return { PROGIMAGE_PORT: String(freePorts(1)[0]) };
}

/** Waits until a server answers. Returns the ids of its HTTP processes. */
async function answering(server: TestServer): Promise<readonly number[]> {
  await until("the server answers", async () => {
    // A kept connection may lead to a process that has ended.
    const answer = fetch(`${server.url}/healthz`, { headers: { connection: "close" } });
    return await answer.then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return await httpProcesses(server);
}

interface Line {
  readonly pid: number;
  readonly level: number;
  readonly msg: string;
  readonly code?: number;
  readonly pauseMs?: number;
}

function lines(server: TestServer): readonly Line[] {
  const whole = server.log().slice(0, server.log().lastIndexOf("\n"));
  return whole.split("\n").map((line): Line => JSON.parse(line));
}

function restarts(server: TestServer): readonly Line[] {
  return lines(server).filter(({ msg }) => msg.includes("starting another"));
}
