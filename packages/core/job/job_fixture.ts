import { newImageId } from "../image/image_id.ts";
import type { Job } from "./job.ts";

/** Returns a new job with the given changes, for a test. */
export function jobFixture(job: Partial<Job> = {}): Job {
  const createdAt = job.createdAt ?? Date.now();
  return {
    id: newImageId(createdAt),
    owner: "",
    status: "queued",
    sources: { kind: "ids" },
    outputs: [{ name: null, steps: [], format: "webp" }],
    deliver: "derivatives",
    priority: "normal",
    webhook: null,
    attributes: {},
    label: null,
    metadata: {},
    total: null,
    succeeded: 0,
    failed: 0,
    problem: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    lifetime: 1_000,
    run: 1,
    webhookDelivery: null,
    isExpanded: false,
    expandedTo: 0,
    cursor: null,
    waiting: 0,
    ...job,
  };
}
