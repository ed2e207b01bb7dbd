import { beginJob, draftJob, type JobRequest } from "./create_job.ts";
import { ProgImageError } from "../../error.ts";
import type { Job } from "../../job/job.ts";
import { expandTask } from "../../job/queue/job_tasks.ts";
import { uuidOf } from "../../job/running/uuid_of.ts";
import type { Ports } from "../../ports.ts";

/** The result of {@linkcode createJobOnce}. */
export interface JobNow {
  readonly job: Job;
  /** Whether an earlier request with the same key created it. */
  readonly isReplayed: boolean;
}

/**
 * Creates a job under an idempotency key. As long as the job is kept, the same key and request return the same job.
 *
 * @throws {ProgImageError} `key_reused` for a key that was used for another request, and any error of {@linkcode createJob}
 */
export async function createJobOnce(
  ports: Pick<Ports, "catalog" | "exchange" | "jobs" | "limits" | "now" | "owner" | "queue">,
  key: string,
  request: JobRequest,
): Promise<JobNow> {
  const job = await draftJob(ports, request, uuidOf(wordsOf(ports.owner, key), { version: 7 }));
  const known = await ports.jobs.find(job.id);
  if (known) return await replay(ports, known, job);
  try {
    await beginJob(ports, job, request);
    return { job, isReplayed: false };
  } catch (error) {
    // Of two concurrent requests with one key, the second one fails here.
    const first = await ports.jobs.find(job.id);
    if (first) return await replay(ports, first, job);
    throw error;
  }
}

/** Returns a text that no other pair of owner and key has. */
function wordsOf(owner: string, key: string): string {
  return owner === "" ? `job ${key}` : JSON.stringify(["job", owner, key]);
}

async function replay(ports: Pick<Ports, "queue">, known: Job, asked: Job): Promise<JobNow> {
  if (!Bun.deepEquals(comparable(known), comparable(asked))) {
    throw new ProgImageError(
      "key_reused",
      "Cannot begin job as its idempotency key was used for another request: use another",
    );
  }
  // The process of the first request may have crashed between recording and queueing the job.
  if (known.status === "queued") await ports.queue.add([expandTask(known, 0)]);
  return { job: known, isReplayed: true };
}

/** Returns the properties that equal requests share, without those that depend on the time of the request or on where bytes are. */
function comparable(job: Job): unknown {
  const { sources, outputs, deliver, priority, webhook, attributes, label, metadata, lifetime } = job;
  const frozen = { ...sources, ...(sources.kind === "filter" && { bound: null }), blob: null };
  const { expiresAt: _expiresAt, ...lasting } = attributes;
  const parts = { sources: frozen, outputs, deliver, priority, webhook, lasting, label, metadata, lifetime };
  return JSON.parse(JSON.stringify(parts));
}
