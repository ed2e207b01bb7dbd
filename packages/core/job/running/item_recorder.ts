import type { Ports } from "../../ports.ts";
import { concludeJob } from "./conclude_job.ts";
import type { Job } from "../job.ts";
import type { SettledItem } from "../job_item.ts";

/** Short enough for progress displays, long enough to keep writes cheap. */
const INTERVAL_MILLISECONDS = 100;
const ITEMS_AT_A_TIME = 20;

/** Records the outcomes of items in batches, for the jobs of all tenants. */
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
  async settle({ id, owner }: Pick<Job, "id" | "owner">, item: SettledItem): Promise<Job | null> {
    const begun = { owner, items: [], written: Promise.withResolvers<Job | null>() };
    const batch: Batch = this.#batches.get(id) ?? begun;
    this.#batches.set(id, batch);
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
    for (const [id, batch] of batches)
      this.#writeBatch(id, batch).then(batch.written.resolve, batch.written.reject);
  }

  async #writeBatch(id: string, { owner, items }: Batch): Promise<Job | null> {
    const jobs = this.#ports.jobs.of(owner);
    const settlement = await jobs.settle(id, items);
    if (settlement?.hasEnded) await concludeJob({ ...this.#ports, jobs }, settlement.job);
    return settlement?.job ?? null;
  }
}

interface Batch {
  readonly owner: string;
  readonly items: SettledItem[];
  readonly written: PromiseWithResolvers<Job | null>;
}
