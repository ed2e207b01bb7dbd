import { describe, expect, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { strace, straceObstacle, testFolder, until } from "@progimage/core/testing";
import { descendants, startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { NO_VOLUMES, smallVolume } from "../end_to_end/testing_volume.ts";

const obstacle = await straceObstacle();

/** More lines than the queue of 4 MiB holds, at 7,000 characters each. */
const MANY = 800;
const LONG = "x".repeat(7_000);

/** A small answer that takes longer has waited for the log. */
const ANSWER_MILLISECONDS = 20_000;

if (NO_VOLUMES) console.log(`Logs on a full disk were not tested: ${NO_VOLUMES}`);
if (obstacle) console.log(`Logs on a disk that fails were not tested: ${obstacle}`);

describe("a server whose log cannot be written", () => {
  test.skipIf(NO_VOLUMES !== null)("answers on a full disk, and counts the lines that it loses", async () => {
    await using volume = await smallVolume(1_000_000);
    const logPath = join(volume.path, "server.log");
    await using server = await startServer({ logPath });
    await volume.fill();
    await expectAnswers(server, 50);
    expect(await noticeOf(server)).toMatch(/ENOSPC.*Requests are still answered/);
    await volume.empty();
    await expectRecovery(server, () => Bun.file(logPath).text(), "ENOSPC");
  });

  test.skipIf(obstacle !== null)(
    "answers on a disk that fails, and counts the lines that it loses",
    async () => {
      await using folder = await testFolder();
      const logPath = join(folder.path, "server.log");
      await using server = await startServer({ logPath });
      const [pid = 0] = await descendants(server.pid);
      {
        const options = { calls: ["write"], inject: ["write:error=EIO"], path: logPath };
        await using _failing = await strace(pid, options);
        await expectAnswers(server, 50);
        expect(await noticeOf(server)).toContain("EIO");
      }
      await expectRecovery(server, () => Bun.file(logPath).text(), "EIO");
      expect((await descendants(server.pid))[0]).toBe(pid);
    },
  );

  test("answers where nothing can be written at all, and stops when it is told to", async () => {
    const full = openSync("/dev/full", "w");
    await using server = await startServer({ logDescriptor: full });
    closeSync(full);
    await expectAnswers(server, 50);
    expect(await noticeOf(server)).toContain("ENOSPC");
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("answers while the pipe of its log is not read, and stops when it is told to", async () => {
    await using pipe = await testPipe();
    await using server = await startServer({ logDescriptor: pipe.end });
    await expectAnswers(server, MANY, LONG);
    expect(await noticeOf(server)).toContain("the program behind standard error does not read");
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("says how many lines it has lost once the pipe of its log is read again", async () => {
    await using pipe = await testPipe();
    await using server = await startServer({ logDescriptor: pipe.end });
    await expectAnswers(server, MANY, LONG);
    pipe.read();
    await expectRecovery(server, async () => pipe.text(), "full_queue");
    const asked = MANY + pipe.text().split('"path":"/readyz"').length - 1;
    const lost = Number(/"lost":(\d+)/.exec(pipe.text())?.[1]);
    expect(pipe.text().split('"msg":"request"').length - 1 + lost).toBe(asked);
  });

  test("goes on once the pipe of its log has a reader again", async () => {
    await using pipe = await testPipe();
    await using server = await startServer({ logDescriptor: pipe.end });
    pipe.close();
    await expectAnswers(server, 50);
    expect(await noticeOf(server)).toContain("EPIPE");
    pipe.read();
    await expectRecovery(server, async () => pipe.text(), "EPIPE");
  });
});

async function expectAnswers(server: TestServer, count: number, query = ""): Promise<void> {
  for (let asked = 0; asked < count; asked += 25) {
    const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
    const answers = Array.from({ length: 25 }, () => fetch(`${server.url}/healthz?${query}`, { signal }));
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  }
}

/** Returns the notice of `/readyz` about the log, once there is one. */
async function noticeOf(server: TestServer): Promise<string> {
  let notice = "";
  await until("there is a notice about the log", async () => {
    notice = (await findNotice(server)) ?? "";
    return notice !== "";
  });
  return notice;
}

/** Returns `undefined` if the server is not ready yet, and an empty text if it has no notice about the log. */
async function findNotice(server: TestServer): Promise<string | undefined> {
  const response = await fetch(`${server.url}/readyz`);
  const { notices } = (await response.json()) as Readiness;
  if (!response.ok) return undefined;
  return notices.find(({ code }) => code === "log_lines_lost")?.detail ?? "";
}

interface Readiness {
  readonly notices: readonly { readonly code: string; readonly detail: string }[];
}

/** Waits until the log reports its lost lines, and checks that it does so only once. */
async function expectRecovery(server: TestServer, read: () => Promise<string>, reason: string) {
  const reports = async () => (await read()).split("\n").filter((line) => line.includes('"lost":'));
  await until("the log tells of lost lines", async () => (await reports()).length > 0);
  await until("the notice is gone", async () => (await findNotice(server)) === "");
  const lines = await reports();
  expect(lines).toHaveLength(1);
  const report: unknown = JSON.parse(lines[0] ?? "");
  expect(report).toMatchObject({ level: 50, reason, msg: expect.stringMatching(/were lost: \d+$/) });
}

/** A pipe that is not read at first. */
interface TestPipe extends AsyncDisposable {
  /** The descriptor of its writing end. */
  readonly end: number;
  /** Starts reading. */
  readonly read: () => void;
  /** Returns all text that was read. */
  readonly text: () => string;
  /** Closes its reading end. */
  readonly close: () => void;
}

async function testPipe(): Promise<TestPipe> {
  const folder = await testFolder();
  const path = join(folder.path, "pipe");
  const { exitCode } = Bun.spawnSync(["mkfifo", path]);
  expect(exitCode).toBe(0);
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const end = openSync(path, "w");
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(reading);
    isOpen = false;
  };
  let reader: Bun.Subprocess | undefined;
  let text = "";
  return {
    end,
    text: () => text,
    read: () => {
      const child = Bun.spawn(["cat", path], { stdout: "pipe" });
      reader = child;
      void (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of child.stdout) text += decoder.decode(chunk, { stream: true });
      })();
    },
    close,
    [Symbol.asyncDispose]: async () => {
      reader?.kill();
      close();
      closeSync(end);
      await folder[Symbol.asyncDispose]();
    },
  };
}
