import type { ItemListQuery, Job, JobItem } from "@progimage/core";
import type { ItemPosition } from "./job_event_id.ts";

/** Items that are read at a time, and how far those that are settled come before a slow one. */
const WINDOW = 100;

/** Milliseconds from one look at the items to the next. */
const PAUSE_MILLISECONDS = 250;

/** Options for {@linkcode JobItemFeed}. */
export interface JobItemFeedOptions {
  readonly find: (id: string, query: ItemListQuery) => Promise<readonly JobItem[]>;
  /** What was sent before of this attempt of the job. @default {nothing} */
  readonly sent?: ItemPosition | null;
}

/** An item that has just been found settled. */
export interface FedItem {
  readonly item: JobItem;
  /** What was sent with this item. */
  readonly position: ItemPosition;
}

/**
 * Gives each item of a job once it is settled, once in each attempt. It keeps no items: it looks at the records behind what it has
 * given, so far as a window of places reaches, and remembers which of these it has given.
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

  /** Whether there may be items to give although the job does not change. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Milliseconds until it is time for the next look. */
  get pause(): number {
    return Math.max(0, this.#dueAt - performance.now());
  }

  /** What was given of this attempt. */
  get position(): ItemPosition {
    return { from: this.#from, behind: [...this.#behind] };
  }

  /** Takes notice that the job has changed. Another attempt begins with its first item. */
  update(job: Job): void {
    this.#isBehind = true;
    if (job.run === this.#run) return;
    this.#run = job.run;
    this.#from = 0;
    this.#behind.clear();
  }

  /** Looks at the next items and gives those that are settled. What was cancelled is passed over. */
  async next(job: Job): Promise<readonly FedItem[]> {
    this.#dueAt = performance.now() + PAUSE_MILLISECONDS;
    const start = this.#from;
    // Only these belong to this attempt already.
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
