import { expect, test } from "bun:test";
import { MemoryTables } from "../../database/memory_tables.ts";
import { jobFixture } from "../../job/job_fixture.ts";
import { expandTask, jobOfTask } from "../../job/queue/job_tasks.ts";
import { MemoryJobQueue } from "../../job/queue/memory_job_queue.ts";
import { MemoryJobRecords } from "../../job/records/memory_job_records.ts";
import { sweepJobs } from "./sweep_jobs.ts";

test("sweepJobs() queues a job without a task, also behind many jobs of another tenant that only wait", async () => {
  const ports = {
    jobs: new MemoryJobRecords(new MemoryTables()),
    now: Date.now,
    queue: new MemoryJobQueue(),
  };
  const createdAt = Date.now() - 3_600_000;
  const waiting = Array.from({ length: 1_200 }, (_, index) =>
    jobFixture({ owner: "a", createdAt: createdAt + index }),
  );
  for (const job of waiting) await ports.jobs.of("a").add(job, []);
  await ports.queue.add(waiting.map((job) => expandTask(job, 0)));
  const lost = jobFixture({ owner: "b", createdAt: createdAt + waiting.length });
  await ports.jobs.of("b").add(lost, []);
  expect(await sweepJobs(ports)).toEqual({ expired: 0, revived: 1_201 });
  const tasks = await ports.queue.take(2_000);
  expect(tasks).toHaveLength(1_201);
  expect(tasks.map(jobOfTask)).toContain(lost.id);
});
