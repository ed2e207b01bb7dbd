import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Job, type JobHandle, recipe } from "@progimage/client";
import { uploadPictures } from "./testing_jobs.ts";
import { startKeyed } from "./testing_keys.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";

const IMAGES = 16;

interface Event {
  readonly id: string;
  readonly name: string;
  readonly job: Job;
}

describe("GET /jobs/{id}/events", () => {
  let server: TestServer;
  /** Runs no jobs: a job there keeps its state. */
  let idle: TestServer;
  let ids: string[];
  let idleIds: string[];
  /** The events of a job to which nothing happens. Read from the beginning of these tests, because it takes a while. */
  let silent: Promise<readonly string[]>;

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "1" } });
    ids = await uploadPictures(server, IMAGES, 320);
    idle = await startServer({ settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0" } });
    idleIds = await uploadPictures(idle, 1);
    silent = readSilence(await follow(await begin(idle, idleIds, 203), "1.0"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await idle[Symbol.asyncDispose]();
  });

  const begin = (there: TestServer, sources: readonly string[], side = 200): Promise<JobHandle> =>
    there.client.jobs.create({
      select: { ids: sources },
      // Expensive enough for a job to outlast several polls.
      outputs: [recipe().resize({ width: side }).avif()],
      deliver: "images",
    });
  const follow = (job: JobHandle, lastEventId?: string, signal?: AbortSignal) =>
    fetch(job.job.eventsHref, {
      headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
      signal,
    });

  test("sends the progress of the job, with the settled items as ids, until its end", async () => {
    const job = await begin(server, ids);
    const response = await follow(job);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const startedAt = performance.now();
    const events = await Array.fromAsync(eventsOf(response));
    const seconds = (performance.now() - startedAt) / 1000;
    expect(events.length).toBeGreaterThan(2);
    expect(events.length).toBeLessThan(6 + seconds * 4);
    const last = events.at(-1);
    expect(last).toMatchObject({
      id: `1.${IMAGES}.end`,
      name: "end",
      job: { status: "succeeded", counts: { succeeded: IMAGES } },
    });
    expect(events.slice(0, -1).map(({ name }) => name)).not.toContain("end");
    const settled = events.map(({ job: { counts } }) => counts.succeeded + counts.failed);
    expect(settled).toEqual(settled.toSorted((one, other) => one - other));
    for (const { id, job: shown } of events)
      expect(id.replace(".end", "")).toBe(`${shown.attempt}.${shown.counts.succeeded + shown.counts.failed}`);
    expect(new Set(events.map(({ job: shown }) => JSON.stringify(shown))).size).toBe(events.length);
    expect(await job.refresh()).toEqual(last?.job as Job);
  });

  test("continues after the last event that was seen", async () => {
    const job = await begin(server, ids, 201);
    const controller = new AbortController();
    let seen: Event | undefined;
    for await (const event of eventsOf(await follow(job, undefined, controller.signal))) {
      seen = event;
      if (event.job.counts.succeeded > 2) break;
    }
    controller.abort();
    const [next, ...more] = await Array.fromAsync(eventsOf(await follow(job, seen?.id)));
    expect((next?.job.counts.succeeded ?? 0) > (seen?.job.counts.succeeded ?? Infinity)).toBe(true);
    expect((more.at(-1) ?? next)?.name).toBe("end");
    const [afterwards, ...others] = await Array.fromAsync(eventsOf(await follow(job, seen?.id)));
    expect([afterwards?.name, others]).toEqual(["end", []]);
    const known = await follow(job, afterwards?.id);
    expect([known.status, await known.text()]).toEqual([204, ""]);
    const unknown = await Array.fromAsync(eventsOf(await follow(job, "what?")));
    expect(unknown.map(({ name }) => name)).toEqual(["end"]);
  });

  test("ends when the job is cancelled", async () => {
    const job = await begin(server, ids, 202);
    const events: Event[] = [];
    for await (const event of eventsOf(await follow(job))) {
      events.push(event);
      if (event.job.counts.succeeded > 0 && event.name === "progress") await job.cancel();
    }
    expect(events.at(-1)).toMatchObject({ name: "end", job: { status: "cancelled" } });
  });

  test("sends nothing until there is a change, and refuses more listeners than its limit", async () => {
    const settings = { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0", PROGIMAGE_MAX_EVENT_LISTENERS: "3" };
    await using small = await startServer({ settings });
    const job = await begin(small, await uploadPictures(small, 1));
    const controllers = [1, 2, 3].map(() => new AbortController());
    const readers = [];
    for (const { signal } of controllers) {
      const reader = (await follow(job, "1.0", signal)).body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      expect(new TextDecoder().decode(value)).toBe("retry: 1000\n\n");
      readers.push(reader);
    }
    const refused = await follow(job);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    controllers[0]?.abort();
    // The server notices it a moment later.
    let again = refused;
    while (again.status === 503) again = await follow(job, "1.0", controllers[1]?.signal);
    expect(again.status).toBe(200);
    await job.cancel();
    const { value } = (await readers[2]?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain("event: end");
    for (const controller of controllers) controller.abort();
  });

  test("answers HEAD without waiting for the end of the stream", async () => {
    const { job } = await begin(idle, idleIds, 204);
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(job.eventsHref, { method: "HEAD", signal });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  });

  test("ends after a time without an end event, and clients follow the job all the same", async () => {
    const settings = { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0", PROGIMAGE_EVENT_STREAM_MS: "1000" };
    await using brief = await startServer({ settings });
    const job = await begin(brief, await uploadPictures(brief, 1));
    const followed = Array.fromAsync(job, ({ status }) => status);
    const events = await Array.fromAsync(eventsOf(await follow(job)));
    expect(events.map(({ id, name }) => [id, name])).toEqual([["1.0", "progress"]]);
    expect(await Array.fromAsync(eventsOf(await follow(job, "1.0")))).toEqual([]);
    await job.cancel();
    expect(await followed).toEqual(["queued", "cancelled"]);
  });

  test("ends within seconds after the key of its reader is revoked, and that of others goes on", async () => {
    await using keyed = await startKeyed({ settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0" } });
    const id = await keyed.upload(await noise(1, 64, 48));
    const readers = await Promise.all([keyed.makeKey("jobs:write"), keyed.makeKey("jobs:write")]);
    const body = { select: { ids: [id] }, outputs: [{ recipe: "flip" }], deliver: "derivatives" };
    const posted = await keyed.ask("/jobs", { key: keyed.admin, method: "POST", body });
    const path = `/jobs/${((await posted.json()) as { readonly id: string }).id}`;
    const [lost, kept] = await Promise.all(
      readers.map(async ({ key }) => eventsOf(await keyed.ask(`${path}/events`, { key }))),
    );
    for (const events of [lost, kept])
      expect((await events?.next())?.value).toMatchObject({ id: "1.0", name: "progress" });
    const revoked = `/keys/${readers[0]?.id}/revoke`;
    expect((await keyed.ask(revoked, { key: keyed.admin, method: "POST" })).status).toBe(200);
    expect(await lost?.next()).toMatchObject({ done: true });
    await keyed.ask(`${path}/cancel`, { key: keyed.admin, method: "POST" });
    expect((await kept?.next())?.value).toMatchObject({ name: "end" });
  }, 20_000);

  test("closes without an end event when the server stops, and does not delay it", async () => {
    await using stopping = await startServer({ settings: { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0" } });
    const job = await begin(stopping, await uploadPictures(stopping, 1));
    const events = eventsOf(await follow(job));
    expect((await events.next()).value).toMatchObject({ id: "1.0", name: "progress" });
    const startedAt = performance.now();
    stopping.kill("SIGTERM");
    expect(await events.next()).toMatchObject({ done: true });
    expect(await stopping.exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  test("sends comments while nothing happens", async () => {
    const [first, ...others] = await silent;
    expect(first).toBe("retry: 1000\n\n");
    expect(others).toEqual(others.map(() => ":\n\n"));
  });
});

/** In long tests it reads for longer than the idle timeout of a connection. */
async function readSilence({ body }: Response): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const chunk of body ?? []) {
    texts.push(new TextDecoder().decode(chunk));
    if (texts.length === (IS_LONG ? 5 : 2)) break;
  }
  return texts;
}

/** Parses events independently of the client. */
async function* eventsOf(response: Response): AsyncGenerator<Event, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, id = "", name = "", data = "null"] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (id !== "") yield { id, name, job: JSON.parse(data) };
    }
  }
  expect(text).toBe("");
}
