import { hasEnded, type Job } from "@progimage/core";
import type { JobWatch } from "../job_watcher.ts";

/** Milliseconds after which a comment shows that the connection is alive. */
const SILENCE_MILLISECONDS = 15_000;

/** Milliseconds after which browsers come back when the connection broke. */
const RECONNECT_MILLISECONDS = 1_000;

/** Options for {@linkcode jobEvents}. */
export interface JobEventsOptions {
  /** The job as it was when the watch began. */
  readonly job: Job;
  /** The `Last-Event-ID` of the client: what it has seen. */
  readonly lastEventId: string | null;
  /** Spells a job as the data of an event. */
  readonly write: (job: Job) => object;
  /** Hears whenever something is sent. */
  readonly onSent: () => void;
}

/** Names what an event shows: the run of the job and how many items are settled in it, and whether it has ended. */
export function eventIdOf(job: Job): string {
  return `${job.run}.${job.succeeded + job.failed}${hasEnded(job) ? ".end" : ""}`;
}

/**
 * Gives what happens to a job as server-sent events: each shows all of the job, so that none must be sent again. Whoever reads
 * slowly gets fewer. Ends after the end of the job.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function jobEvents(watch: JobWatch, options: JobEventsOptions): ReadableStream<Uint8Array> {
  const { job, lastEventId, onSent, write } = options;
  const encoder = new TextEncoder();
  let first: Job | null = isNews(job, lastEventId) ? job : null;
  let hasBegun = false;
  let shown = "";
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const send = (text: string) => {
      controller.enqueue(encoder.encode(text));
      onSent();
    };
    if (!hasBegun) {
      hasBegun = true;
      // Nothing would be sent of the answer before its first byte.
      return send(`retry: ${RECONNECT_MILLISECONDS}\n\n`);
    }
    for (;;) {
      const now = first ?? (await watch.next(SILENCE_MILLISECONDS));
      first = null;
      if (now === null) return send(":\n\n");
      const data = now === "gone" ? shown : JSON.stringify(write(now));
      if (now !== "gone" && data !== shown) send(eventOf(now, data));
      if (now === "gone" || hasEnded(now)) break;
      if (data !== shown) {
        shown = data;
        return;
      }
    }
    watch[Symbol.dispose]();
    controller.close();
  };
  const cancel = () => watch[Symbol.dispose]();
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

function eventOf(job: Job, data: string): string {
  const name = hasEnded(job) ? "end" : "progress";
  return `id: ${eventIdOf(job)}\nevent: ${name}\ndata: ${data}\n\n`;
}

/** Whether a job shows more than the event with an id did. */
function isNews(job: Job, lastEventId: string | null): boolean {
  const [, run, settled] = /^(\d+)\.(\d+)(?:\.end)?$/.exec(lastEventId ?? "") ?? [];
  if (run === undefined || hasEnded(job)) return true;
  const runs = job.run - Number(run);
  return runs === 0 ? job.succeeded + job.failed > Number(settled) : runs > 0;
}
