import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { paxRecord, tarMember, TAR_END } from "@progimage/core/testing";
import { zipOf } from "../end_to_end/testing_archives.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { type HttpProcess, httpProcessOf, watchHealth } from "./testing_vitals.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";

/** Far more than a refusal takes, and far less than the work would take. */
const MOST_CPU_MILLISECONDS = 6_000;
const MOST_GROWTH_BYTES = 100_000_000;
const LATEST_ANSWER_MILLISECONDS = IS_LONG ? 1_000 : 10_000;

const METADATA = Buffer.from(paxRecord("a", "b").repeat(170_000));

/** Small archives that take long to read, and the allowed statuses of the answers or of their items. */
const ARCHIVES: readonly (readonly [
  name: string,
  type: string,
  statuses: readonly number[],
  make: () => Uint8Array,
])[] = [
  [
    "100,000 empty files in a tar.gz",
    "application/gzip",
    [400, 413],
    () => gzipSync(tarOf(100_000, (number) => tarMember(`${number}`))),
  ],
  [
    "5,000 files of one byte in a tar.gz",
    "application/gzip",
    [413, 415],
    () => gzipSync(tarOf(5_000, (number) => tarMember(`${number}`, Buffer.from("x")))),
  ],
  [
    "100,000 folders in a tar.gz",
    "application/gzip",
    [413],
    () => gzipSync(tarOf(100_000, (number) => tarMember(`${number}/`, Buffer.of(), "5"))),
  ],
  [
    "40 MB of metadata in a tar.gz",
    "application/gzip",
    [413],
    () => gzipSync(tarOf(40, () => tarMember("x", METADATA, "x"))),
  ],
  [
    "65,000 empty files in a zip, which share their place",
    "application/zip",
    [413],
    () => zipOf(Array.from({ length: 65_000 }, (_, number) => emptyFile(number))),
  ],
];

describe("POST /images with an archive that is made to cost time", () => {
  let server: TestServer;
  let http: HttpProcess;

  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_LOG_LEVEL: "silent" } });
    http = await httpProcessOf(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  for (const [name, type, statuses, make] of ARCHIVES) {
    test(`refuses ${name}, and answers others meanwhile`, async () => {
      const body = new Uint8Array(make());
      const [cpu, memory] = [await http.cpuMilliseconds(), await http.residentBytes()];
      await using watch = await watchHealth(server.url);
      const response = await fetch(`${server.url}/images`, {
        method: "POST",
        body,
        headers: { "content-type": type },
      });
      expect(await statusesOf(response)).toEqual([...statuses]);
      const health = await watch.end();
      const figures = {
        bytes: body.length,
        cpuMs: (await http.cpuMilliseconds()) - cpu,
        growth: (await http.residentBytes()) - memory,
        healthP99Ms: health.p99Milliseconds,
      };
      console.log(name, figures);
      expect(figures.cpuMs).toBeLessThan(MOST_CPU_MILLISECONDS);
      expect(figures.growth).toBeLessThan(MOST_GROWTH_BYTES);
      expect(health.failures).toBe(0);
      expect(health.longestMilliseconds).toBeLessThan(LATEST_ANSWER_MILLISECONDS);
    });
  }
});

function tarOf(count: number, member: (number: number) => Buffer): Buffer {
  return Buffer.concat([...Array.from({ length: count }, (_, number) => member(number)), TAR_END]);
}

function emptyFile(number: number) {
  return { name: number.toString(36), bytes: new Uint8Array(), isShared: number > 0 };
}

/** Returns the status of a refusal, or the distinct statuses of the items in an answer. */
async function statusesOf(response: Response): Promise<readonly number[]> {
  if (response.status !== 200) return [response.status];
  const { items } = (await response.json()) as { readonly items: readonly { readonly status: number }[] };
  return [...new Set(items.map(({ status }) => status))].toSorted();
}
