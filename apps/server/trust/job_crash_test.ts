import { expect, test } from "bun:test";
import { join } from "node:path";
import { DEFAULT_LIMITS, findJob, hasEnded } from "@progimage/core";
import {
  SqliteDatabase,
  SqliteImageCatalog,
  SqliteJobQueue,
  SqliteJobRecords,
} from "@progimage/core/adapters";
import { testFolder } from "@progimage/core/testing";
import { beginTestJob, checkEnd, killAll, waitForJob } from "../end_to_end/testing_job_storage.ts";
import { startServer, type StartServerOptions, type TestServer } from "../end_to_end/testing_server.ts";

test("a server that is killed in the middle of a job continues it after a restart, and stores no image twice", async () => {
  await using folder = await testFolder();
  const options = { dataDir: folder.path, settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "3" } };
  const server = await startServer(options);
  using storage = openStorage(folder.path);
  const job = await beginTestJob(storage.ports, server);
  await waitForJob(storage.ports, job, ({ succeeded }) => succeeded >= 10);
  await killAll(server);
  expect(hasEnded(await findJob(storage.ports, job.id))).toBe(false);
  await using _next = await startServer(options);
  await checkEnd(storage.ports, job);
}, 120_000);

test("when one of several HTTP processes is killed, the others and the next one finish its part of a job", async () => {
  await using folder = await testFolder();
  const settings = { PROGIMAGE_HTTP_PROCESSES: "2", PROGIMAGE_RENDER_PROCESSES: "2" };
  await using server = await startServer({ dataDir: folder.path, settings });
  using storage = openStorage(folder.path);
  const job = await beginTestJob(storage.ports, server);
  await waitForJob(storage.ports, job, ({ succeeded }) => succeeded >= 10);
  const [process_ = 0] = await httpProcesses(server);
  process.kill(process_, "SIGKILL");
  await checkEnd(storage.ports, job);
}, 120_000);

test("a server that is stopped in the middle of a job returns its tasks to the queue immediately", async () => {
  await using folder = await testFolder();
  const options: StartServerOptions = { dataDir: folder.path };
  const server = await startServer(options);
  using storage = openStorage(folder.path);
  const job = await beginTestJob(storage.ports, server);
  await waitForJob(storage.ports, job, ({ succeeded }) => succeeded >= 10);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(hasEnded(await findJob(storage.ports, job.id))).toBe(false);
  const [task] = await storage.ports.queue.take(1);
  expect(task?.attempt).toBe(1);
  expect(task && (await storage.ports.queue.release(task))).toBe(true);
  await using _next = await startServer(options);
  await checkEnd(storage.ports, job);
}, 120_000);

/** Opens the database of a server from outside, as another node. */
function openStorage(dataDir: string) {
  const database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  const ports = {
    catalog: new SqliteImageCatalog(database),
    exchange: null,
    jobs: new SqliteJobRecords(database),
    limits: DEFAULT_LIMITS,
    now: Date.now,
    owner: "",
    queue: new SqliteJobQueue(database),
  };
  return { ports, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

/** Returns the listening processes, which are the children of the supervisor. */
async function httpProcesses({ pid }: TestServer): Promise<readonly number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return text.split(" ").filter(Boolean).map(Number);
}
