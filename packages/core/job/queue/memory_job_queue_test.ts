import { jobQueueContract } from "./job_queue_contract.ts";
import { MemoryJobQueue } from "./memory_job_queue.ts";

jobQueueContract(
  "MemoryJobQueue",
  async () => ({
    queue: new MemoryJobQueue({ lease: 800 }),
    [Symbol.asyncDispose]: async () => {},
  }),
  { orphansWithin: 1_000, isShared: false },
);
