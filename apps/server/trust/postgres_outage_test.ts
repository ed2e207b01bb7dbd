import { describe, expect, test } from "bun:test";
import { sharedPostgres, until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const postgres = await sharedPostgres();

const CALLERS = 6;

/** The maximum time until a caller gets an error, in milliseconds. */
const TIMEOUT = 10_000;

describe.skipIf(!postgres)("a server whose PostgreSQL goes away under load", () => {
  if (!postgres) return;

  const outages = [
    { name: "is stopped", begin: () => postgres.stop(), end: () => postgres.start(), lasts: 500 },
    { name: "crashes", begin: () => postgres.kill(), end: () => postgres.start(), lasts: 500 },
    { name: "falls silent", begin: () => postgres.freeze(), end: () => postgres.thaw(), lasts: 9_000 },
  ];
  for (const { name, begin, end, lasts } of outages) {
    test(`that ${name}: errors are correct and in time, acknowledged images exist, and it recovers without a restart`, async () => {
      await using database = await postgres.freshDatabase();
      await using server = await startServer({
        settings: { PROGIMAGE_DATABASE_URL: database.url, PROGIMAGE_RENDER_PROCESSES: "1" },
      });
      const load = await Load.start(server);
      await until("uploads succeed", () => load.acknowledged.size > CALLERS, 3 * TIMEOUT);
      await begin();
      try {
        await until("uploads fail", () => load.failures > CALLERS, 3 * TIMEOUT);
        await Bun.sleep(lasts);
        expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
        expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
      } finally {
        await end();
      }
      const before = load.acknowledged.size;
      await until("uploads succeed again", () => load.acknowledged.size > before + CALLERS, 3 * TIMEOUT);
      await load.stop();
      expect(load.faults).toEqual([]);
      for (const [id, bytes] of load.acknowledged) {
        const response = await fetch(`${server.url}/images/${id}`);
        expect(Buffer.compare(await response.bytes(), bytes)).toBe(0);
      }
      expect(server.log()).toMatch(/The database does not answer[^]*The database answers again/);
      expect(server.log()).not.toContain('"level":50');
      expect(server.log()).not.toContain(new URL(database.url).password);
    });
  }
});

/** A render that every caller requests. */
interface Hot {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Callers that repeatedly upload, look up and fetch the hot render, and record faults. */
class Load {
  readonly acknowledged = new Map<string, Uint8Array>();
  readonly faults: string[] = [];
  failures = 0;
  readonly #server: TestServer;
  readonly #hot: Hot;
  readonly #over = new AbortController();
  #callers: readonly Promise<void>[] = [];

  private constructor(server: TestServer, hot: Hot) {
    this.#server = server;
    this.#hot = hot;
  }

  static async start(server: TestServer): Promise<Load> {
    const { id } = await server.client.images.upload(await noise(7));
    const path = `/images/${id}.webp?resize=40x`;
    const load = new Load(server, { path, bytes: await (await fetch(server.url + path)).bytes() });
    load.#callers = Array.from({ length: CALLERS }, (_, caller) => load.#call(caller));
    return load;
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#callers);
  }

  async #call(caller: number): Promise<void> {
    for (let count = 0; !this.#over.signal.aborted; count++) {
      const picture = new Uint8Array(await noise(1_000 * caller + count));
      const uploaded = await this.#ask("/images", { method: "POST", body: picture });
      if (uploaded) this.acknowledged.set(JSON.parse(uploaded.toString()).id, picture);
      const [id] = [...this.acknowledged.keys()].slice(-1);
      if (id) await this.#ask(`/images/${id}/info`);
      const hot = await this.#ask(this.#hot.path);
      if (hot && Buffer.compare(hot, this.#hot.bytes) !== 0) this.faults.push("another picture");
    }
  }

  async #ask(path: string, init?: RequestInit): Promise<Buffer | null> {
    const startedAt = performance.now();
    const response = await fetch(this.#server.url + path, init);
    const body = Buffer.from(await response.arrayBuffer());
    const milliseconds = performance.now() - startedAt;
    if (milliseconds > TIMEOUT) this.faults.push(`${path} took ${milliseconds} ms`);
    if (response.ok) return body;
    this.failures++;
    const isHonest =
      response.status === 503 &&
      response.headers.get("content-type") === "application/problem+json" &&
      response.headers.has("retry-after") &&
      /"code":"(?:busy|unavailable)"/.test(body.toString());
    if (!isHonest) this.faults.push(`${path} answered ${response.status}: ${body.toString()}`);
    return null;
  }
}
