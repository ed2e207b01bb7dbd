import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import sharp from "sharp";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { openSilent, readSlowly } from "./testing_slow_client.ts";
import { type HttpProcess, httpProcessOf, watchHealth } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const CLIENTS_OF_A_KIND = IS_LONG ? 60 : 6;

/** Systems buffer a few megabytes for a client, so the unread answer must be far larger. */
const SIDE = 3_900;
const NAMED_MILLISECONDS = 4_000;
/** The server checks every few seconds, and later on a busy machine. */
const LATEST_MILLISECONDS = 40_000;
const MOST_BYTES_OF_A_CLIENT = 1_000_000;
const SLOW_BYTES_A_SECOND = 4_000_000;

describe("clients that do not read", () => {
  let server: TestServer;
  let http: HttpProcess;
  let original: Uint8Array;
  let id: string;

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_SEND_IDLE_MS: String(NAMED_MILLISECONDS) } });
    http = await httpProcessOf(server);
    const pixels = Buffer.alloc(SIDE * SIDE * 3, "not all alike");
    const raw = { width: SIDE, height: SIDE, channels: 3 } as const;
    original = await sharp(pixels, { raw }).tiff({ compression: "none" }).toBuffer();
    ({ id } = await server.client.images.upload(original));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const lines = (line: string, ...more: readonly string[]) =>
    `${[line, "Host: localhost", ...more].join("\r\n")}\r\n\r\n`;
  const archive = (kind: "tar" | "zip") => {
    const body = JSON.stringify({ select: { ids: [id] }, container: kind });
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    return lines("POST /archives HTTP/1.1", ...headers) + body;
  };

  test.concurrent(
    "are dropped after PROGIMAGE_SEND_IDLE_MS, and hold little memory until then",
    async () => {
      const requests = [
        lines(`GET /images/${id} HTTP/1.1`),
        lines(`GET /images/${id} HTTP/1.1`, "Range: bytes=9-44000000"),
        lines(`GET /images/${id}.tiff HTTP/1.1`),
        archive("zip"),
        archive("tar"),
      ];
      // Rendered before, so that its answer begins immediately.
      await (await fetch(`${server.url}/images/${id}.tiff`)).bytes();
      const memory = await http.residentBytes();
      await using watch = await watchHealth(server.url);
      const clients = await Promise.all(
        requests.flatMap((request) =>
          Array.from({ length: CLIENTS_OF_A_KIND }, () => openSilent(server.url, request)),
        ),
      );
      const start = performance.now();
      const isComplete = async () => (await openConnections(server)) >= clients.length;
      await until("all are connected", isComplete, NAMED_MILLISECONDS);
      let most = 0;
      await until(
        "all who do not read are dropped",
        async () => {
          most = Math.max(most, await http.residentBytes());
          // The health watch, the slow reader, and perhaps one kept for the next upload.
          return (await openConnections(server)) <= 3;
        },
        LATEST_MILLISECONDS,
      );
      const took = performance.now() - start;
      const health = await watch.end();
      for (const client of clients) client.destroy();
      const growth = most - memory;
      console.log(`${clients.length} clients that do not read`, {
        dropMs: Math.round(took),
        growth,
        healthP99Ms: health.p99Milliseconds,
      });
      expect(took).toBeGreaterThan(NAMED_MILLISECONDS / 2);
      expect(growth).toBeLessThan(100_000_000 + clients.length * MOST_BYTES_OF_A_CLIENT);
      expect(health.failures).toBe(0);
    },
    120_000,
  );

  test.concurrent(
    "are unlike slow readers, which get the complete answer",
    async () => {
      const request = lines(`GET /images/${id} HTTP/1.1`, "Connection: close");
      const answer = await readSlowly(server.url, request, SLOW_BYTES_A_SECOND);
      expect(answer.milliseconds).toBeGreaterThan(2 * NAMED_MILLISECONDS);
      const sha256 = new Bun.CryptoHasher("sha256").update(original).digest("hex");
      expect(answer).toMatchObject({ sha256, bytes: original.length });
    },
    120_000,
  );
});

const ESTABLISHED = "01";

/** Returns the number of client connections that a server holds. A dropped one that only the system holds has no inode. */
async function openConnections({ url }: TestServer): Promise<number> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const rows = (await Bun.file("/proc/net/tcp").text()).split("\n").map((row) => row.trim().split(/\s+/));
  return rows.filter(
    ([, local = "", , state, , , , , , inode]) =>
      local.endsWith(`:${port}`) && state === ESTABLISHED && inode !== "0",
  ).length;
}
