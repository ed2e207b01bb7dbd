import { expect } from "bun:test";
import { until } from "@progimage/core/testing";
import { createJob, findJob, hasEnded, type Job, listJobItems, type Ports } from "@progimage/core";
import { noise } from "./testing_pictures.ts";
import { descendants, type TestServer } from "./testing_server.ts";

/** The parts of a server's database that a test needs, opened from outside as another node. */
export type JobStorage = Pick<Ports, "catalog" | "exchange" | "jobs" | "limits" | "now" | "owner" | "queue">;

const IMAGES = 60;
const OUTPUTS = [
  { name: null, steps: [], format: "webp" },
  { name: "png", steps: [], format: "png" },
] as const;

/** Uploads images and creates a job that stores two others of each. */
export async function beginTestJob(storage: JobStorage, { client }: TestServer): Promise<Job> {
  const uploads = Array.from({ length: IMAGES }, async (_, seed) =>
    client.images.upload(await noise(seed, 480, 360)),
  );
  const ids = (await Promise.all(uploads)).map(({ id }) => id);
  return await createJob(storage, { select: { ids }, outputs: OUTPUTS, deliver: "images" });
}

/** Waits until a job has reached a state. */
export async function waitForJob(
  storage: JobStorage,
  { id }: Pick<Job, "id">,
  isEnough: (job: Job) => boolean,
): Promise<void> {
  await until("the job is far enough", async () => {
    const job = await findJob(storage, id);
    return isEnough(job) || job;
  });
}

/** Checks that every item is done, and that the catalog has exactly the images of the items. */
export async function checkEnd(storage: JobStorage, { id }: Pick<Job, "id">): Promise<void> {
  await waitForJob(storage, { id }, hasEnded);
  expect(await findJob(storage, id)).toMatchObject({
    status: "succeeded",
    total: IMAGES,
    succeeded: IMAGES,
    failed: 0,
  });
  const { items } = await listJobItems(storage, id, { limit: 1_000 });
  const made = items.flatMap(({ results }) => results.map(({ imageId }) => imageId ?? ""));
  expect(new Set(made).size).toBe(IMAGES * OUTPUTS.length);
  const listed = await storage.catalog.list({ order: "createdAt", descending: false, limit: 1_000 });
  expect(listed).toHaveLength(IMAGES + made.length);
  const known = new Set(listed.map((image) => image.id));
  expect(made.filter((image) => !known.has(image))).toEqual([]);
}

/** Kills a server with all its processes like a power cut. */
export async function killAll(server: TestServer): Promise<void> {
  const processes = await descendants(server.pid);
  server.kill("SIGKILL");
  for (const each of processes) process.kill(each, "SIGKILL");
  await server.exited;
}
