import type { CallOptions, Connection } from "./connection.ts";
import { ConnectionError } from "./errors.ts";
import { readEvents, type ServerEvent } from "./event_stream.ts";
import type { Job } from "./shapes.ts";
import { readStream } from "./read_answer.ts";
import { isPassing, wait } from "./retry.ts";

/** How often in a row it is tried to go on, which takes about half a minute. */
const MAX_FAILURES = 10;

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/** A server that says nothing for three times as long as it should is not there any more. */
const LONGEST_SILENCE = 45_000;

/**
 * Gives a job as it goes on, up to its end. When the connection breaks it is made anew, and goes on from what was seen last.
 *
 * @throws {NotFoundError} if there is no such job, or no longer
 */
export async function* followJob(
  connection: Connection,
  id: string,
  options: CallOptions,
): AsyncGenerator<Job, void> {
  let lastEventId: string | null = null;
  for (let failures = 0; ; failures++) {
    try {
      for await (const event of connectToEvents(connection, id, lastEventId, options)) {
        failures = 0;
        lastEventId = event.id;
        yield JSON.parse(event.data) as Job;
        if (event.name === "end") return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isPassing(error) || failures >= MAX_FAILURES) throw error;
    }
    await wait(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures), options.signal);
  }
}

async function* connectToEvents(
  connection: Connection,
  id: string,
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
  const body = await connection.send(`/jobs/${id}/events`, call, readStream);
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
