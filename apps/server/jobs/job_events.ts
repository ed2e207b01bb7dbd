import { hasEnded, type Job, type JobItem, objectShape } from "@progimage/core";
import { Type } from "@sinclair/typebox";
import type { JobWatch } from "./job_watcher.ts";
import { eventIdOf, positionId, type SeenEvent } from "./job_event_id.ts";
import type { FedItem, JobItemFeed } from "./job_item_feed.ts";

/** The query of the events of a job. */
export const JOB_EVENTS_SHAPE = objectShape({
  items: Type.Optional(
    Type.Boolean({ default: false, description: "Also send each item once it is settled, as `item`" }),
  ),
});

/** Milliseconds of silence until a comment is sent to keep the connection alive. */
const SILENCE_MILLISECONDS = 15_000;

/** Milliseconds after which browsers reconnect when the connection breaks. */
const RECONNECT_MILLISECONDS = 1_000;

/** Options for {@linkcode jobEvents}. */
export interface JobEventsOptions {
  /** The job at the beginning of the watch. */
  readonly job: Job;
  /** The last event that the client has seen. */
  readonly seen: SeenEvent | null;
  /** Returns the event data of a job. */
  readonly write: (job: Job) => object;
  /** The feed of items to send as well. @default {none} */
  readonly feed?: JobItemFeed | undefined;
  /** Returns the event data of an item. */
  readonly writeItem: (item: JobItem, job: Job) => object;
  /** Called whenever something is sent. */
  readonly onSent: () => void;
}

/**
 * Returns the changes of a job as server-sent events. Each event has the complete job, so that no event must be repeated, or one item.
 * A slow reader gets fewer events of the job, and later items. The stream ends after the end of the job.
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
  // The headers are sent with the first byte of the body, so it must come immediately.
  yield `retry: ${RECONNECT_MILLISECONDS}\n\n`;
  for (;;) {
    if (feed?.isBehind && feed.pause === 0) {
      const items = await feed.next(latest);
      if (items.length > 0) yield itemTexts(items, latest, { shownId, options });
    }
    // The end of the job comes after all of its items.
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
  /** The id of the last event of the job, without items. */
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

/** Whether a job has progressed beyond an event. */
function isNews(job: Job, seen: SeenEvent | null): boolean {
  if (!seen || hasEnded(job)) return true;
  const runs = job.run - seen.run;
  return runs === 0 ? job.succeeded + job.failed > seen.settled : runs > 0;
}
