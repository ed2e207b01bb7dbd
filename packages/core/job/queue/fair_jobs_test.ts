import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createJob, type JobRequest } from "../../verbs/job/create_job.ts";
import { findJob } from "../../verbs/job/find_job.ts";
import type { Ports } from "../../ports.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { tenantPorts } from "../../tenant/tenant_ports.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { hasEnded, type Job } from "../job.ts";
import type { Task } from "./job_queue.ts";
import { JobRunner } from "../running/job_runner.ts";
import { testingJobPorts } from "../running/testing_job_ports.ts";
import { until } from "../../testing/testing_until.ts";

type TestPorts = Awaited<ReturnType<typeof testingJobPorts>>;

const HOST = "https://example.com/";

describe("JobRunner", () => {
  let shared: TestFolder;
  let photo: string;
  beforeAll(async () => {
    shared = await testFolder();
    photo = join(shared.path, "photo.jpg");
    await Bun.write(photo, await samplePhoto());
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  /** Runs a test with slow renders. `sides` receives the rendered sizes in order; each job has a size of its own. */
  async function withSlowPorts(work: (ports: TestPorts, sides: number[]) => Promise<void>): Promise<void> {
    await using folder = await testFolder();
    const names = Array.from({ length: 200 }, (_, index) => [`${HOST}${index}.jpg`, photo] as const);
    const ports = await testingJobPorts(folder.path, new Map(names));
    const sides: number[] = [];
    slowDown(ports, sides);
    await work(ports, sides);
  }

  test("renders for a job of high priority before it continues with a task of low priority that it holds", () =>
    withSlowPorts(async (ports, sides) => {
      const low = await createJob(ports, request(100, [16], { priority: "low" }));
      await using _runner = runnerOf(ports, { itemsAtATime: 2 });
      await until("the first job is under way", () => sides.length >= 4);
      const before = sides.length;
      const high = await createJob(ports, request(3, [32], { priority: "high" }));
      await untilEnd(ports, high);
      expect((await findJob(ports, low.id)).status).toBe("running");
      // Two were in progress, and one continues beside the first of the new ones.
      expect(sides.lastIndexOf(32) - before).toBeLessThan(9);
    }));

  test("alternates between jobs of one priority, though one has many more images", () =>
    withSlowPorts(async (ports, sides) => {
      const long = await createJob(ports, request(60, [16]));
      await using _runner = runnerOf(ports, { itemsAtATime: 1, turnMs: 50 });
      await until("the first job is under way", () => sides.length >= 4);
      const before = sides.length;
      await untilEnd(ports, await createJob(ports, request(1, [32])));
      expect((await findJob(ports, long.id)).status).toBe("running");
      expect(sides.lastIndexOf(32) - before).toBeLessThan(35);
      expect(await untilEnd(ports, long)).toMatchObject({ status: "succeeded", total: 60, succeeded: 60 });
      expect(sides.filter((side) => side === 16)).toHaveLength(60);
    }));

  test("gives a tenant with one job as many turns as one with thirty", () =>
    withSlowPorts(async (ports, sides) => {
      const acme = tenantPorts(ports, "acme");
      for (let job = 0; job < 30; job++) await createJob(acme, request(20, [16]));
      await using _runner = runnerOf(ports, { itemsAtATime: 1, turnMs: 50 });
      await until("the jobs are under way", () => sides.length >= 20);
      const before = sides.length;
      await untilEnd(ports, await createJob(ports, request(1, [32])));
      // Each of its two tasks waits for a turn of the other tenant, and for the look that finds its first one.
      expect(sides.lastIndexOf(32) - before).toBeLessThan(40);
    }));

  test("gives each output its turn, and fetches the source of all of them once", () =>
    withSlowPorts(async (ports, sides) => {
      let fetched = 0;
      const { fetch } = ports.remote;
      ports.remote.fetch = async (url, options) => {
        fetched++;
        return await fetch(url, options);
      };
      const outputs = Array.from({ length: 15 }, (_, index) => 100 + index);
      const large = await createJob(ports, request(1, outputs));
      await using _runner = runnerOf(ports, { itemsAtATime: 1 });
      await until("its first output is under way", () => sides.length >= 2);
      const before = sides.length;
      await untilEnd(ports, await createJob(ports, request(1, [16])));
      expect(sides.indexOf(16) - before).toBeLessThan(5);
      expect(await untilEnd(ports, large)).toMatchObject({ status: "succeeded", total: 1, succeeded: 1 });
      expect(sides.filter((side) => side >= 100).toSorted()).toEqual(outputs);
      expect(fetched).toBe(2);
    }));

  test("releases a task when its turn is over, so that another process can continue it", () =>
    withSlowPorts(async (ports, sides) => {
      const job = await createJob(ports, request(20, [16]));
      const elsewhere = Promise.withResolvers<Task>();
      const stopListening = ports.queue.onAdded(async () => {
        if (sides.length === 0) return;
        stopListening();
        for (const task of await ports.queue.take(1)) elsewhere.resolve(task);
      });
      await using _runner = runnerOf(ports, { itemsAtATime: 1, turnMs: 50 });
      const task = await elsewhere.promise;
      expect(task).toMatchObject({ kind: "items", attempt: 1 });
      expect(sides.length).toBeLessThan(20);
      await ports.queue.release(task);
      expect(await untilEnd(ports, job)).toMatchObject({ status: "succeeded", succeeded: 20 });
      expect(sides).toHaveLength(20);
    }));

  test("keeps a task beyond its lease as long as its item takes, and runs it once", () =>
    withSlowPorts(async (ports) => {
      const lease = 4 * ports.queue.heartbeat;
      const begun: number[] = [];
      slowDown(ports, begun, 2.5 * lease);
      const job = await createJob(ports, request(1, [16]));
      await using _one = runnerOf(ports, { itemsAtATime: 1 });
      await using _other = runnerOf(ports, { itemsAtATime: 1 });
      expect(await untilEnd(ports, job)).toMatchObject({ status: "succeeded", succeeded: 1 });
      expect(begun).toEqual([16]);
    }));
});

/** Returns a request that renders remote images into new ones of some sizes. */
function request(count: number, sides: readonly number[], more: Partial<JobRequest> = {}): JobRequest {
  const outputs = sides.map((side) => {
    return { name: `${side}`, steps: [{ transform: "box", params: { side } }], format: "webp" } as const;
  });
  const urls = Array.from({ length: count }, (_, index) => `${HOST}${index}.jpg`);
  return { select: { urls }, outputs, deliver: "images", ...more };
}

/** Makes each render record its size and take some time. */
function slowDown(ports: TestPorts, sides: number[], milliseconds = 10): void {
  const render = ports.renderer.render.bind(ports.renderer);
  ports.renderer.render = async (job, options) => {
    sides.push(Number(job.steps[0]?.params["side"]));
    await Bun.sleep(milliseconds);
    return await render(job, options);
  };
}

function runnerOf(
  ports: Ports,
  options: { readonly itemsAtATime: number; readonly turnMs?: number },
): JobRunner {
  const onFault = ({ err }: { readonly err: unknown }) => {
    throw err;
  };
  return new JobRunner(ports, { ...options, onFault });
}

async function untilEnd(ports: Ports, { id }: Job): Promise<Job> {
  let job = await findJob(ports, id);
  await until(
    "the job has ended",
    async () => hasEnded((job = await findJob(ports, id))) || job.status,
    60_000,
  );
  return job;
}
