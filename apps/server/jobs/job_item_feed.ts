import type { ItemListQuery, Job, JobItem } from "@progimage/core";
import type { ItemPosition } from "./job_event_id.ts";

/** Items that are read at once, and how far settled items can get ahead of a slow one. */
const WINDOW = 100;

/** Milliseconds between two reads of the items. */
const PAUSE_MILLISECONDS = 250;

/** Options for {@linkcode JobItemFeed}. */
export interface JobItemFeedOptions {
  readonly find: (id: string, query: ItemListQuery) => Promise<readonly JobItem[]>;
  /** The items of this attempt that were sent before. @default {nothing} */
  readonly sent?: ItemPosition | null;
}

/** An item that was just found settled. */
export interface FedItem {
  readonly item: JobItem;
  /** The items sent up to and including this one. */
  readonly position: ItemPosition;
}

/**
 * Returns each item of a job once it is settled, once in each attempt. It keeps no items. It reads a window of records after the first
 * item that was not sent, and remembers the places in it that were sent.
 */
export class JobItemFeed {
  readonly #find: JobItemFeedOptions["find"];
  #run: number;
  #from: number;
  readonly #behind: Set<number>;
  #isBehind = true;
  #dueAt = 0;

  constructor(job: Job, { find, sent = null }: JobItemFeedOptions) {
    this.#find = find;
    this.#run = job.run;
    this.#from = sent?.from ?? 0;
    this.#behind = new Set(sent?.behind);
  }

  /** Whether more items may be available without a change of the job. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Milliseconds until the next read is due. */
  get pause(): number {
    return Math.max(0, this.#dueAt - performance.now());
  }

  /** The items of this attempt that were sent. */
  get position(): ItemPosition {
    return { from: this.#from, behind: [...this.#behind] };
  }

  /** Notes that the job has changed. A new attempt begins with its first item. */
  update(job: Job): void {
    this.#isBehind = true;
    if (job.run === this.#run) return;
    this.#run = job.run;
    this.#from = 0;
    this.#behind.clear();
  }

  /** Reads the next items and returns the settled ones. Skips cancelled items. */
  async next(job: Job): Promise<readonly FedItem[]> {
    this.#dueAt = performance.now() + PAUSE_MILLISECONDS;
    const start = this.#from;
    // Only these already belong to this attempt.
    const before = Math.min(job.expandedTo, start + WINDOW);
    const items =
      before > start ? await this.#find(job.id, { from: start, before, limit: before - start }) : [];
    const found = items.filter(({ place, status }) => status !== "queued" && !this.#behind.has(place));
    const fed = found.flatMap((item) => {
      this.#pass(item.place);
      return item.status === "cancelled" ? [] : [{ item, position: this.position }];
    });
    this.#isBehind = this.#from > start && before < job.expandedTo;
    return fed;
  }

  #pass(place: number): void {
    this.#behind.add(place);
    while (this.#behind.delete(this.#from)) this.#from++;
  }
}
