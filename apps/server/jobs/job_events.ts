import { hasEnded, type Job, type JobItem, objectShape } from "@progimage/core";
import { Type } from "@sinclair/typebox";
import type { JobWatch } from "./job_watcher.ts";
import { eventIdOf, positionId, type SeenEvent } from "./job_event_id.ts";
import type { FedItem, JobItemFeed } from "./job_item_feed.ts";

/** What the events of a job can be asked for. */
export const JOB_EVENTS_SHAPE = objectShape({
  items: Type.Optional(
    Type.Boolean({ default: false, description: "Also send each item once it is settled, as `item`" }),
  ),
});

/** Milliseconds after which a comment shows that the connection is alive. */
const SILENCE_MILLISECONDS = 15_000;

/** Milliseconds after which browsers come back when the connection broke. */
const RECONNECT_MILLISECONDS = 1_000;

/** Options for {@linkcode jobEvents}. */
export interface JobEventsOptions {
  /** The job as it was when the watch began. */
  readonly job: Job;
  /** What the client has seen before. */
  readonly seen: SeenEvent | null;
  /** Spells a job as the data of an event. */
  readonly write: (job: Job) => object;
  /** Gives the items that are sent as well. @default {none} */
  readonly feed?: JobItemFeed | undefined;
  /** Spells an item as the data of an event. */
  readonly writeItem: (item: JobItem, job: Job) => object;
  /** Hears whenever something is sent. */
  readonly onSent: () => void;
}

/**
 * Gives what happens to a job as server-sent events: each shows all of the job, so that none must be sent again, or one of its items.
 * A slow reader gets fewer of the job, and items later. Ends after the end of the job.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function jobEvents(watch: JobWatch, options: JobEventsOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const texts = eventTexts(watch, options);
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const { done, value } = await texts.next().catch((error: unknown) => {
      watch[Symbol.dispose]();
      throw error;
    });
    if (!done) {
      controller.enqueue(encoder.encode(value));
      options.onSent();
      return;
    }
    watch[Symbol.dispose]();
    controller.close();
  };
  const cancel = () => watch[Symbol.dispose]();
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

async function* eventTexts(watch: JobWatch, options: JobEventsOptions): AsyncGenerator<string, void> {
  const { job, seen, write, feed } = options;
  let latest = job;
  let isNew = isNews(job, seen);
  let shownId = seen?.run === job.run ? seen.shown : `${job.run}.0`;
  let data = "";
  // Nothing would be sent of the answer before its first byte.
  yield `retry: ${RECONNECT_MILLISECONDS}\n\n`;
  for (;;) {
    if (feed?.isBehind && feed.pause === 0) {
      const items = await feed.next(latest);
      if (items.length > 0) yield itemTexts(items, latest, { shownId, options });
    }
    // The end of the job is behind all of its items.
    const isOver = hasEnded(latest) && !feed?.isBehind;
    if (isNew && isOver === hasEnded(latest)) {
      const before = data;
      data = JSON.stringify(write(latest));
      isNew = false;
      shownId = eventIdOf(latest);
      const id = shownId + (feed ? positionId(feed.position) : "");
      if (data !== before) yield eventText(id, isOver ? "end" : "progress", data);
    }
    if (isOver) return;
    const now = await watch.next(feed?.isBehind ? feed.pause : SILENCE_MILLISECONDS);
    if (now === "gone") return;
    if (now === null && !feed?.isBehind) yield ":\n\n";
    if (now === null) continue;
    if (now.run !== latest.run) shownId = `${now.run}.0`;
    latest = now;
    isNew = true;
    feed?.update(now);
  }
}

interface ItemTextsOptions {
  /** Names what was shown of the job before. */
  readonly shownId: string;
  readonly options: Pick<JobEventsOptions, "writeItem">;
}

function itemTexts(items: readonly FedItem[], job: Job, { shownId, options }: ItemTextsOptions): string {
  const texts = items.map(({ item, position }) =>
    eventText(shownId + positionId(position), "item", JSON.stringify(options.writeItem(item, job))),
  );
  return texts.join("");
}

function eventText(id: string, name: string, data: string): string {
  return `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`;
}

/** Whether a job shows more than the event that was seen did. */
function isNews(job: Job, seen: SeenEvent | null): boolean {
  if (!seen || hasEnded(job)) return true;
  const runs = job.run - seen.run;
  return runs === 0 ? job.succeeded + job.failed > seen.settled : runs > 0;
}
