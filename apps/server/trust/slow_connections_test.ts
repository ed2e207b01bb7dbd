import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import type { Socket } from "node:net";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { openSilent } from "./testing_slow_client.ts";
import { httpProcessOf, watchHealth } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const CONNECTIONS = 500;
const HOLD_MILLISECONDS = IS_LONG ? 60_000 : 5_000;
const PAUSE_MILLISECONDS = 1_000;
const HEALTH_P99_MILLISECONDS = IS_LONG ? 100 : 5_000;
const MOST_GROWTH_BYTES = 100_000_000;

/** How a connection begins, and what it sends each second from then on. */
const WAYS: readonly (readonly [beginning: string, piece: string])[] = [
  ["GET /images HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: 1\r\n"],
  ["POST /images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n", "x"],
  ["POST /images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"],
  [
    "POST /images HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000\r\n\r\n--b\r\n",
    "x",
  ],
];

test(`the server answers others while ${CONNECTIONS} connections send a few bytes a second`, async () => {
  await using server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "warn" } });
  await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  const http = await httpProcessOf(server);
  await useIt(server, 0);
  const memory = await http.residentBytes();
  const slow = new SlowConnections(server.url);
  await slow.fill();
  await using watch = await watchHealth(server.url);
  const end = performance.now() + HOLD_MILLISECONDS;
  for (let round = 1; performance.now() < end; round++) {
    await useIt(server, round);
    await slow.drip();
    await Bun.sleep(PAUSE_MILLISECONDS);
  }
  const health = await watch.end();
  const growth = (await http.residentBytes()) - memory;
  console.log({ connections: slow.size, replaced: slow.replaced, growth, health });
  slow[Symbol.dispose]();
  expect(slow.size).toBe(CONNECTIONS);
  expect(health.failures).toBe(0);
  expect(health.p99Milliseconds).toBeLessThan(HEALTH_P99_MILLISECONDS);
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
  expect((await httpProcessOf(server)).pid).toBe(http.pid);
}, 180_000);

/** Stores and renders a picture, as other clients do meanwhile. */
async function useIt({ client, url }: TestServer, seed: number): Promise<void> {
  const { id } = await client.images.upload(await noise(seed));
  const response = await fetch(`${url}/images/${id}.webp?resize=20x`);
  await response.bytes();
  expect(response.status).toBe(200);
}

/** Connections that never finish. Those that the server drops are opened again. */
class SlowConnections implements Disposable {
  readonly #url: string;
  #open: { readonly socket: Socket; readonly piece: string }[] = [];
  /** The number of dropped connections that were replaced. */
  replaced = 0;

  constructor(url: string) {
    this.#url = url;
  }

  get size(): number {
    return this.#open.length;
  }

  /** Opens the missing connections. */
  async fill(): Promise<void> {
    while (this.#open.length < CONNECTIONS) {
      const [beginning = "", piece = ""] = WAYS[this.#open.length % WAYS.length] ?? [];
      const socket = await openSilent(this.#url, beginning);
      // A socket must be read to notice that it was dropped.
      socket.resume();
      this.#open.push({ socket, piece });
    }
  }

  /** Sends a few bytes on each. */
  async drip(): Promise<void> {
    const alive = this.#open.filter(({ socket }) => !socket.destroyed && socket.writable);
    this.replaced += this.#open.length - alive.length;
    this.#open = alive;
    for (const { socket, piece } of alive) socket.write(piece);
    await this.fill();
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#open) socket.destroy();
  }
}
