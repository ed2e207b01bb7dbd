import type { CallOptions, Connection } from "../connection/connection.ts";
import { ConnectionError } from "../connection/errors.ts";
import { readEvents, type ServerEvent } from "../connection/event_stream.ts";
import type { Job, JobItem } from "../shapes.ts";
import { readStream } from "../connection/read_answer.ts";
import { backOff, isPassing, wait } from "../connection/retry.ts";

/** An event of a job: progress, its end, or the result of an item. */
export type JobEvent =
  | { readonly name: "end" | "progress"; readonly job: Job }
  | { readonly name: "item"; readonly item: JobItem };

/** Options for {@linkcode followJob}. */
export interface FollowJobOptions extends CallOptions {
  /** Whether to yield each item as well, once it has a result. @default {false} */
  readonly items?: boolean;
}

/** Options with items. */
export interface WithItems {
  readonly items: true;
}

/** Options without items. */
export interface WithoutItems {
  readonly items?: false;
}

/** Consecutive attempts to reconnect, which take about half a minute. */
const MAX_FAILURES = 12;

/** The server is treated as gone after silence of three times its interval, in milliseconds. */
const LONGEST_SILENCE = 45_000;

/**
 * Yields the events of a job, up to its end. After a broken connection it reconnects and continues after the most recent event.
 *
 * @throws {NotFoundError} if the job does not exist, or not any more
 */
export async function* followJob(
  connection: Connection,
  id: string,
  { items = false, ...options }: FollowJobOptions,
): AsyncGenerator<JobEvent, void> {
  const path = `/jobs/${id}/events${items ? "?items=true" : ""}`;
  let lastEventId: string | null = null;
  for (let failures = 0; ; failures++) {
    const triedAt = performance.now();
    try {
      for await (const event of connectToEvents(connection, path, lastEventId, options)) {
        failures = 0;
        lastEventId = event.id;
        yield jobEventOf(event);
        if (event.name === "end") return;
      }
      // The server ends each stream after some minutes, also if nothing has happened.
      if (performance.now() - triedAt > LONGEST_SILENCE) failures = 0;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isPassing(error) || failures >= MAX_FAILURES) throw error;
    }
    await wait(backOff(failures), options.signal);
  }
}

/** Yields the job of each event that has one. */
export async function* jobsOf(events: AsyncIterable<JobEvent>): AsyncGenerator<Job, void> {
  for await (const event of events) if (event.name !== "item") yield event.job;
}

function jobEventOf({ name, data }: ServerEvent): JobEvent {
  if (name === "item") return { name, item: JSON.parse(data) as JobItem };
  return { name: name === "end" ? name : "progress", job: JSON.parse(data) as Job };
}

async function* connectToEvents(
  connection: Connection,
  path: string,
  lastEventId: string | null,
  { signal, timeout }: CallOptions,
): AsyncGenerator<ServerEvent, void> {
  const silence = new AbortController();
  const headers = {
    accept: "text/event-stream",
    ...(lastEventId !== null && { "last-event-id": lastEventId }),
  };
  const call = {
    timeout,
    headers,
    isLong: true,
    signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
  };
  const body = await connection.send(path, call, readStream);
  const reader = body.getReader();
  try {
    yield* readEvents(chunksOf(reader, silence));
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function* chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  silence: AbortController,
): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
    try {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    } catch (cause) {
      throw new ConnectionError("Cannot follow job: the connection broke", { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}
