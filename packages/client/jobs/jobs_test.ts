import { describe, expect, spyOn, test } from "bun:test";
import { type Job, NotFoundError, ProgImageError, recipe } from "../mod.ts";
import { testingServer } from "../testing/testing_server.ts";

const ID = Bun.randomUUIDv7();

describe("jobs", () => {
  test("are created by the JSON that the server reads", async () => {
    await using server = testingServer();
    const handle = await server.client().jobs.create({
      select: { ids: [ID, { id: ID }] },
      outputs: [
        recipe().flip().webp(),
        { name: "marked", recipe: recipe().watermark({ image: { id: ID } }) },
      ],
      deliver: { exchange: { prefix: "out/" } },
      priority: "low",
      webhook: new URL("http://example.com/hook"),
      attributes: { tags: ["a"], expiresAt: new Date(0) },
      keepSeconds: 60,
      label: "tiles",
      metadata: { a: 1 },
    });
    const asked = await (await handle.results()).json();
    expect(asked).toEqual({
      select: { ids: [ID, ID] },
      outputs: [
        { steps: [{ transform: "flip" }], format: "webp" },
        { name: "marked", steps: [{ transform: "watermark", image: ID }] },
      ],
      deliver: { exchange: { prefix: "out/" } },
      priority: "low",
      webhook: "http://example.com/hook",
      attributes: { tags: ["a"], expiresAt: "1970-01-01T00:00:00.000Z" },
      keepSeconds: 60,
      label: "tiles",
      metadata: { a: 1 },
    });
  });

  test("store files of the exchange, and are followed like others", async () => {
    await using server = testingServer();
    const options = { tags: ["a"], expiresIn: 60, onlyNew: true, priority: "high" } as const;
    const webhook = new URL("https://example.com/done");
    const job = await server
      .client()
      .images.import({ prefix: "in/" }, { ...options, webhook, idempotencyKey: "import 1" });
    expect(server.requests.at(-1)?.headers.get("idempotency-key")).toBe("import 1");
    expect(await (await job.results()).json()).toEqual({
      select: { exchange: { prefix: "in/" } },
      attributes: { tags: ["a"], expiresIn: 60 },
      onlyNew: true,
      priority: "high",
      webhook: webhook.href,
    });
    expect(await job.wait()).toMatchObject({ status: "succeeded", counts: { succeeded: 1 } });
  });

  test("refuse files, which cannot come with them", async () => {
    await using server = testingServer();
    const outputs = [recipe().watermark({ image: new Blob(["x"]) })];
    const begun = server.client().jobs.create({ select: { ids: [ID] }, outputs });
    await expect(begun).rejects.toThrow("upload it first");
    expect(server.requests).toEqual([]);
  });

  test("are waited for, listed, retried, cancelled and deleted", async () => {
    await using server = testingServer();
    const { jobs } = server.client();
    const urls = [new URL("http://example.com/a.png"), "http://127.0.0.1:1/b.png"];
    const handle = await jobs.create({ select: { urls } });
    const seen: Job[] = [];
    const ended = await handle.wait({ onProgress: (job) => seen.push(job) });
    expect(seen.map(({ status, counts }) => [status, counts.succeeded])).toEqual([
      ["running", 0],
      ["partially_failed", 1],
    ]);
    expect(ended).toEqual(handle.job);
    const failed = await Array.fromAsync(handle.items({ status: "failed" }));
    expect(failed).toMatchObject([{ index: 1, source: { url: urls[1] } }]);
    expect((await handle.items().page()).items).toHaveLength(2);
    expect(await handle.retry()).toMatchObject({ attempt: 2 });
    expect(await handle.cancel()).toMatchObject({ status: "cancelled" });
    expect(await handle.refresh()).toEqual(handle.job);
    expect((await jobs.get(handle.id)).job).toEqual(handle.job);
    expect(await Array.fromAsync(jobs.list())).toEqual([handle.job]);
    const none = await jobs.create({ select: { ids: [ID] } });
    await expect(jobs.retry(none.id)).rejects.toBeInstanceOf(ProgImageError);
    expect(await jobs.cancel(none.id)).toMatchObject({ status: "cancelled" });
    expect(await Array.fromAsync(jobs.items(none.id))).toHaveLength(1);
    await jobs.delete(none.id);
    await handle.delete();
    expect(await Array.fromAsync(jobs.list())).toEqual([]);
    await expect(jobs.get(ID)).rejects.toBeInstanceOf(NotFoundError);
    await expect(jobs.get("..")).rejects.toMatchObject({ name: "InvalidIdError", id: ".." });
  });

  test("are followed over broken connections, from the most recent event", async () => {
    const chunk = (text: string) => new TextEncoder().encode(text);
    const first = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(chunk('id: 1.3\nevent: progress\ndata: {"attempt":3}\n\nid: 1.4\nevent: progr'));
        controller.close();
      },
    });
    const answers = [
      () => new Response(first),
      () => new Response("a proxy's page", { status: 502, headers: { "retry-after": "0" } }),
      () => new Response(""),
      () => new Response('id: 1.9.end\nevent: end\ndata: {"attempt":9}\n\n'),
    ];
    await using server = testingServer({
      intercept: ({ url }) => (url.endsWith("/events") ? answers.shift()?.() : undefined),
    });
    const handle = await server.client({ retry: 0 }).jobs.create({ select: { ids: [ID] } });
    const seen: number[] = [];
    for await (const { attempt } of handle) seen.push(attempt);
    expect(seen).toEqual([3, 9]);
    const asked = server.requests.filter(({ path }) => path.endsWith("/events"));
    expect(asked.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "1.3", "1.3", "1.3"]);
  });

  test("are followed over any number of streams that end without an event after some minutes", async () => {
    let [asked, minutes] = [0, 0];
    using _clock = spyOn(performance, "now").mockImplementation(() => minutes++ * 60_000);
    await using server = testingServer({
      intercept: ({ url }) => {
        if (!url.endsWith("/events")) return undefined;
        asked++;
        if (asked < 14) return new Response("retry: 1000\n\n");
        if (asked === 14) return new Response("a proxy's page", { status: 502 });
        return new Response('id: 1.9.end\nevent: end\ndata: {"attempt":9}\n\n');
      },
    });
    const handle = await server.client({ retry: 0 }).jobs.create({ select: { ids: [ID] } });
    expect(await Array.fromAsync(handle, ({ attempt }) => attempt)).toEqual([9]);
    expect(asked).toBe(15);
  }, 30_000);

  test("are followed with their items, over broken connections too", async () => {
    const item = (index: number) => `event: item\ndata: {"index":${index}}\n\n`;
    const answers = [
      `id: 1.0;1\n${item(0)}id: 1.0;1-Ag\n${item(2)}`,
      `id: 1.0;3\n${item(1)}id: 1.3.end;3\nevent: end\ndata: {"attempt":1,"label":"over"}\n\n`,
    ];
    await using server = testingServer({
      intercept: ({ url }) => (url.includes("/events") ? new Response(answers.shift()) : undefined),
    });
    const handle = await server.client().jobs.create({ select: { ids: [ID] } });
    const seen: (number | string)[] = [];
    for await (const event of handle.follow({ items: true }))
      seen.push(event.name === "item" ? event.item.index : event.name);
    expect([seen, handle.job.label]).toEqual([[0, 2, 1, "end"], "over"]);
    const { jobs } = server.client();
    answers.push(`${item(0)}event: end\ndata: {"attempt":4}\n\n`);
    expect(await Array.fromAsync(jobs.follow(handle.id, { items: true }), ({ name }) => name)).toEqual([
      "item",
      "end",
    ]);
    answers.push('event: end\ndata: {"attempt":5}\n\n');
    expect(await Array.fromAsync(jobs.follow(handle.id), ({ attempt }) => attempt)).toEqual([5]);
    expect(() => jobs.follow("..")).toThrow("UUID");
    const asked = server.requests.slice(0, 3).filter(({ path }) => path.endsWith("/events?items=true"));
    expect(asked.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "1.0;1-Ag"]);
  });

  test("are followed until the signal is aborted or the loop is left", async () => {
    const endless = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) =>
            controller.enqueue(new TextEncoder().encode('id: 1.0\ndata: {"attempt":0}\n\n')),
          cancel: () => left.resolve(),
        }),
      );
    let left = Promise.withResolvers<void>();
    await using server = testingServer({
      intercept: ({ url }) => (url.endsWith("/events") ? endless() : undefined),
    });
    const handle = await server.client().jobs.create({ select: { ids: [ID] } });
    const reason = new Error("enough");
    const controller = new AbortController();
    const waiting = handle.wait({ signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(waiting).rejects.toBe(reason);
    await left.promise;
    left = Promise.withResolvers();
    for await (const { attempt } of handle) if (attempt === 0) break;
    await left.promise;
  });

  test("are given up if they do not exist, or if no server answers", async () => {
    await using server = testingServer();
    const handle = await server.client().jobs.create({ select: { ids: [ID] } });
    await using other = testingServer({ intercept: () => new Response(null, { status: 404 }) });
    let calls = 0;
    const fetch = async (url: string, init: RequestInit) => {
      if (url.endsWith("/jobs")) return await globalThis.fetch(url, init);
      calls++;
      return await globalThis.fetch(url.replace(server.url, other.url), init);
    };
    const lost = await server.client({ fetch }).jobs.create({ select: { ids: [ID] } });
    await expect(lost.wait()).rejects.toBeInstanceOf(ProgImageError);
    expect([calls, handle.job.status]).toEqual([1, "succeeded"]);
  });
});
