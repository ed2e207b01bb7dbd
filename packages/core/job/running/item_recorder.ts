import type { Ports } from "../../ports.ts";
import { concludeJob } from "./conclude_job.ts";
import type { Job } from "../job.ts";
import type { SettledItem } from "../job_item.ts";

/** Short enough for progress displays, long enough to keep writes cheap. */
const INTERVAL_MILLISECONDS = 100;
const ITEMS_AT_A_TIME = 20;

/** Records the outcomes of items in batches. */
export class ItemRecorder {
  readonly #ports: Pick<Ports, "blobs" | "jobs" | "queue">;
  #batches = new Map<string, Batch>();
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writtenAt = 0;

  constructor(ports: Pick<Ports, "blobs" | "jobs" | "queue">) {
    this.#ports = ports;
  }

  /** Records the outcome of an item. Returns its job after that, or `null` if the job is gone. */
  async settle(jobId: string, item: SettledItem): Promise<Job | null> {
    const batch = this.#batches.get(jobId) ?? { items: [], written: Promise.withResolvers<Job | null>() };
    this.#batches.set(jobId, batch);
    batch.items.push(item);
    this.#count++;
    if (this.#count >= ITEMS_AT_A_TIME) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), this.#untilNext());
    return await batch.written.promise;
  }

  #untilNext(): number {
    return Math.max(0, this.#writtenAt + INTERVAL_MILLISECONDS - performance.now());
  }

  #write(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writtenAt = performance.now();
    const batches = this.#batches;
    this.#batches = new Map();
    this.#count = 0;
    for (const [jobId, { items, written }] of batches)
      this.#writeBatch(jobId, items).then(written.resolve, written.reject);
  }

  async #writeBatch(jobId: string, items: readonly SettledItem[]): Promise<Job | null> {
    const settlement = await this.#ports.jobs.settle(jobId, items);
    if (settlement?.hasEnded) await concludeJob(this.#ports, settlement.job);
    return settlement?.job ?? null;
  }
}

interface Batch {
  readonly items: SettledItem[];
  readonly written: PromiseWithResolvers<Job | null>;
}
