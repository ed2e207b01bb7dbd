import { expect, test } from "bun:test";
import { join } from "node:path";
import { createJob, DEFAULT_LIMITS, findJob, hasEnded, type Job, listJobItems } from "@progimage/core";
import {
  SqliteDatabase,
  SqliteImageCatalog,
  SqliteJobQueue,
  SqliteJobRecords,
} from "@progimage/core/adapters";
import { testFolder } from "@progimage/core/testing";
import { noise } from "./testing_pictures.ts";
import { descendants, startServer, type StartServerOptions, type TestServer } from "./testing_server.ts";

const IMAGES = 60;
const OUTPUTS = [
  { name: null, steps: [], format: "webp" },
  { name: "png", steps: [], format: "png" },
] as const;

test("a server that is killed in the middle of a job goes on with it after the next start, and stores no image twice", async () => {
  await using folder = await testFolder();
  const options = { dataDir: folder.path, settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "3" } };
  const server = await startServer(options);
  const ids = await upload(server);
  using storage = openStorage(folder.path);
  const job = await createJob(storage.ports, { sources: { ids }, outputs: OUTPUTS, deliver: "images" });
  await waitFor(storage, job, ({ done }) => done >= 10);
  await killAll(server);
  expect(hasEnded(await findJob(storage.ports, job.id))).toBe(false);
  await using _next = await startServer(options);
  await checkEnd(storage, job);
}, 120_000);

test("when one of several HTTP processes is killed, the others and the next one finish its part of a job", async () => {
  await using folder = await testFolder();
  const settings = { PROGIMAGE_HTTP_PROCESSES: "2", PROGIMAGE_RENDER_PROCESSES: "2" };
  await using server = await startServer({ dataDir: folder.path, settings });
  const ids = await upload(server);
  using storage = openStorage(folder.path);
  const job = await createJob(storage.ports, { sources: { ids }, outputs: OUTPUTS, deliver: "images" });
  await waitFor(storage, job, ({ done }) => done >= 10);
  const [process_ = 0] = await httpProcesses(server);
  process.kill(process_, "SIGKILL");
  await checkEnd(storage, job);
}, 120_000);

test("a server that is stopped in the middle of a job gives its tasks back at once", async () => {
  await using folder = await testFolder();
  const options: StartServerOptions = { dataDir: folder.path };
  const server = await startServer(options);
  const ids = await upload(server);
  using storage = openStorage(folder.path);
  const job = await createJob(storage.ports, { sources: { ids }, outputs: OUTPUTS, deliver: "images" });
  await waitFor(storage, job, ({ done }) => done >= 10);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(hasEnded(await findJob(storage.ports, job.id))).toBe(false);
  const [task] = await storage.ports.queue.take(1);
  expect(task?.attempt).toBe(1);
  expect(task && (await storage.ports.queue.release(task))).toBe(true);
  await using _next = await startServer(options);
  await checkEnd(storage, job);
}, 120_000);

type Storage = ReturnType<typeof openStorage>;

/** Opens the database of a server from outside: another node beside it. */
function openStorage(dataDir: string) {
  const database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  const ports = {
    catalog: new SqliteImageCatalog(database),
    exchange: null,
    jobs: new SqliteJobRecords(database),
    limits: DEFAULT_LIMITS,
    now: Date.now,
    queue: new SqliteJobQueue(database),
  };
  return { ports, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

async function upload({ client }: TestServer): Promise<readonly string[]> {
  const uploads = Array.from({ length: IMAGES }, async (_, seed) =>
    client.upload(await noise(seed, 480, 360)),
  );
  return (await Promise.all(uploads)).map(({ id }) => id);
}

async function waitFor({ ports }: Storage, { id }: Job, isEnough: (job: Job) => boolean): Promise<void> {
  while (!isEnough(await findJob(ports, id))) await Bun.sleep(10);
}

/** Every item is done, and the catalog has the images that they say and no others. */
async function checkEnd(storage: Storage, { id }: Job): Promise<void> {
  const { ports } = storage;
  await waitFor(storage, await findJob(ports, id), hasEnded);
  expect(await findJob(ports, id)).toMatchObject({ state: "done", total: IMAGES, done: IMAGES, failed: 0 });
  const { items } = await listJobItems(ports, id, { limit: 1_000 });
  const made = items.flatMap(({ results }) => results.map(({ image }) => image ?? ""));
  expect(new Set(made).size).toBe(IMAGES * OUTPUTS.length);
  const listed = await ports.catalog.list({ order: "createdAt", descending: false, limit: 1_000 });
  expect(listed).toHaveLength(IMAGES + made.length);
  const known = new Set(listed.map((image) => image.id));
  expect(made.filter((image) => !known.has(image))).toEqual([]);
}

/** Ends the server as a power cut would. */
async function killAll(server: TestServer): Promise<void> {
  const processes = await descendants(server.pid);
  server.kill("SIGKILL");
  for (const each of processes) process.kill(each, "SIGKILL");
  await server.exited;
}

/** The processes that listen are the children of the supervisor. */
async function httpProcesses({ pid }: TestServer): Promise<readonly number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return text.split(" ").filter(Boolean).map(Number);
}
