import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  type BucketAddress,
  type Fault,
  type FaultProxy,
  sharedS3,
  startFaultProxy,
  until,
} from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const s3 = await sharedS3();
const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";

/** The maximum time from a failed request to the notice, in milliseconds. */
const TOLD_MILLISECONDS = 5_000;

const WRITES = ["DELETE", "POST", "PUT"];
const REFUSED = { kind: "status", status: 403, code: "AccessDenied" } as const;

interface Case {
  readonly name: string;
  readonly fault: Fault;
  /** A request that triggers the fault. */
  readonly meet: "original" | "upload";
  /** The notice in the log and in `/readyz`. */
  readonly code: string;
  readonly says: RegExp;
  readonly status?: number;
  /** Whether `/readyz` still answers 200. */
  readonly isReady: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "refuses everything (403)",
    fault: REFUSED,
    meet: "original",
    code: "bucket_unreadable",
    says: /^Cannot read from, write to, remove from, list the bucket PROGIMAGE_S3_BUCKET: S3 answers 403 AccessDenied\..*Give PROGIMAGE_S3_ACCESS_KEY_ID these rights: s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket/,
    status: 403,
    isReady: false,
  },
  {
    name: "can only be read",
    fault: { ...REFUSED, methods: WRITES },
    meet: "upload",
    code: "bucket_read_only",
    says: /^Cannot write to, remove from the bucket PROGIMAGE_S3_BUCKET: S3 answers 403 AccessDenied\. Uploads answer 503; images are still given.*s3:PutObject/,
    status: 403,
    isReady: true,
  },
  {
    name: "answers 500",
    fault: { kind: "status", status: 500 },
    meet: "original",
    code: "bucket_unreachable",
    says: /: S3 answers 500 InternalError\. Originals.*Look at the service at PROGIMAGE_S3_ENDPOINT/,
    status: 500,
    isReady: false,
  },
  {
    name: "breaks off each answer",
    fault: { kind: "cut answer", after: 20 },
    meet: "original",
    code: "bucket_unreachable",
    says: /: The request to S3 failed: /,
    isReady: false,
  },
  {
    name: "breaks off large objects",
    fault: { kind: "cut answer", after: 2_000_000 },
    meet: "original",
    code: "bucket_unreadable",
    says: /^Cannot read from the bucket PROGIMAGE_S3_BUCKET: /,
    isReady: true,
  },
  {
    name: "is slow",
    fault: { kind: "late", milliseconds: 1_300 },
    meet: "original",
    code: "bucket_slow",
    says: /more than a second/,
    isReady: true,
  },
  {
    name: "takes requests and never answers",
    fault: { kind: "black hole" },
    meet: "original",
    code: "bucket_unreachable",
    says: /: S3 has not answered for 4 s\./,
    isReady: false,
  },
];

/** Cases for long runs only. */
const SLOW_CASES: readonly string[] = ["takes requests and never answers"];

describe.skipIf(!s3)("a bucket", () => {
  if (!s3) return;
  let address: BucketAddress;
  let proxy: FaultProxy;
  let server: TestServer;
  let large: string;
  let logged = 0;
  beforeAll(async () => {
    address = await s3.freshBucket();
    proxy = await startFaultProxy(address.endpoint);
    server = await startServer({
      settings: {
        ...bucketSettings({ ...address, endpoint: proxy.url }),
        PROGIMAGE_RENDER_PROCESSES: "1",
        PROGIMAGE_LOG_LEVEL: "warn",
      },
    });
    const bytes = new Uint8Array([...(await noise(1)), ...new Uint8Array(3_000_000)]);
    large = (await server.client.images.upload(bytes)).id;
    await until("it is ready", async () => (await readiness()).status === 200);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  for (const { name, fault, meet, code, says, status, isReady } of CASES.filter(
    (each) => IS_LONG || !SLOW_CASES.includes(each.name),
  ))
    test(`that ${name} is logged once, is in /readyz with the remedy, and clears once it works`, async () => {
      logged = server.log().length;
      proxy.spoil(fault);
      await meeting[meet]();
      const notice = { code, detail: expect.stringMatching(says) };
      await until("the log says it", async () => lines().length > 0, TOLD_MILLISECONDS);
      const seenAt = performance.now();
      await until("/readyz says it", async () => (await readiness()).notices.length > 0, TOLD_MILLISECONDS);
      const said = await readiness();
      expect(performance.now() - seenAt).toBeLessThan(2 * TOLD_MILLISECONDS);
      expect(said).toMatchObject({ status: isReady ? 200 : 503, notices: [notice] });
      if (meet === "upload") expect((await fetch(`${server.url}/images/${large}`)).status).toBe(200);

      proxy.spoil({ kind: "none" });
      await until("it is over", async () => (await readiness()).notices.length === 0);
      expect((await readiness()).status).toBe(200);
      const over = expect.objectContaining({ level: 40, msg: "The bucket of S3 works again" });
      await until("the log says so", async () => {
        const isOver = lines().at(-1)?.["msg"] === "The bucket of S3 works again";
        return isOver || JSON.stringify(lines());
      });
      const begun = expect.objectContaining({
        level: 40,
        code,
        bucket: address.bucket,
        msg: expect.stringMatching(says),
        ...(status === undefined ? {} : { status }),
      });
      // A request that had failed before may be told after the first that works.
      expect([
        [begun, over],
        [begun, over, begun, over],
      ]).toContainEqual([...lines()]);
      await meeting.upload();
      for (const secret of [address.accessKeyId, address.secretAccessKey, "X-Amz"])
        expect(server.log() + JSON.stringify(said)).not.toContain(secret);
    }, 60_000);

  test("that is read-only is noticed even if no image is stored", async () => {
    const own = await s3.freshBucket();
    await using front = await startFaultProxy(own.endpoint);
    await using quiet = await startServer({
      settings: {
        ...bucketSettings({ ...own, endpoint: front.url }),
        PROGIMAGE_RENDER_PROCESSES: "1",
        PROGIMAGE_SWEEP_INTERVAL_MS: "500",
      },
    });
    front.spoil({ ...REFUSED, methods: WRITES });
    await until("the log says it", async () => quiet.log().includes('"code":"bucket_read_only"'));
  });

  let seed = 10;
  const meeting = {
    original: async () => {
      const response = await fetch(`${server.url}/images/${large}`).catch(() => null);
      await response?.arrayBuffer().catch(() => {});
    },
    upload: async () => void (await server.client.images.upload(await noise(seed++)).catch(() => {})),
  };

  async function readiness(): Promise<{ readonly status: number; readonly notices: readonly unknown[] }> {
    const response = await fetch(`${server.url}/readyz`);
    const { notices = [] } = (await response.json()) as { readonly notices?: readonly unknown[] };
    return { status: response.status, notices };
  }

  /** Returns the log lines about the bucket since the fault began. */
  function lines(): readonly Record<string, unknown>[] {
    return server
      .log()
      .slice(logged)
      .split("\n")
      .filter((line) => line.includes('"bucket":'))
      .map((line) => JSON.parse(line));
  }
});
