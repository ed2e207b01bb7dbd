import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, newBlobKey } from "@progimage/core";
import { Bucket, ProcessPoolRenderer, ObjectBlobStore } from "@progimage/core/adapters";
import { type BucketAddress, startS3 } from "@progimage/core/testing";
import { startServer } from "@progimage/server/testing";
import sharp from "sharp";
import { inFlight } from "../in_flight.ts";
import { interleave } from "../interleave.ts";
import { judged, type Scenario } from "../scenario.ts";
import { sourcePictures } from "../source_pictures.ts";
import { median, rounded } from "../statistics.ts";
import { stamped } from "../stamped.ts";

type Body = Uint8Array<ArrayBuffer>;

const AT_A_TIME = 32;
const COUNT = 600;

/**
 * Uploads that are stored in S3, against direct PUTs of the same bytes, once without and once with our checks, which take most of the
 * time. It also measures what our store alone adds to a PUT.
 */
export const ingestS3: Scenario = {
  name: "ingest-s3",
  summary: `new JPEGs of 50 KB, ${AT_A_TIME} at a time, into S3, against bare presigned PUTs to the same server`,
  async run({ folder, quick, images, runs, report, note }) {
    await using s3 = await startS3();
    if (s3 === null) {
      note("ingest-s3 was not measured: Ceph is not installed (scripts/install_servers.sh)");
      return [];
    }
    const size = { width: 800, height: 533 };
    const [picture = ""] = await sourcePictures({ format: "jpeg", ...size, count: 1, images });
    const jpeg = await sharp(picture).jpeg({ quality: 82 }).toBuffer();
    const address = await s3.freshBucket();
    const settings = { PROGIMAGE_LOG_LEVEL: "warn" };
    await using onS3 = await startServer({ settings: { ...settings, ...settingsOf(address) } });
    await using onFiles = await startServer({ settings });
    await using checks = startChecks();
    const put = putter(address);
    const store = new ObjectBlobStore(new Bucket(address));
    const withFile = async (body: Body, work: (path: string) => Promise<unknown>) => {
      const path = join(folder, crypto.randomUUID());
      await Bun.write(path, body);
      await work(path);
      await rm(path);
    };
    const rate = async (send: (body: Body) => Promise<unknown>) => {
      // Prepared in advance, so that it is not measured.
      const bodies = Array.from({ length: quick ? AT_A_TIME * 2 : COUNT }, () => stamped(jpeg));
      const startedAt = performance.now();
      await inFlight(AT_A_TIME, bodies, send);
      return bodies.length / ((performance.now() - startedAt) / 1000);
    };
    const sides = new Map([
      ["ProgImage on S3", () => rate((body) => upload(onS3.url, body))],
      ["bare PUTs", () => rate(put)],
      [
        "checks, then PUTs",
        () =>
          rate(async (body) => {
            await withFile(body, (path) => checks.renderer.probe(path));
            await put(body);
          }),
      ],
      [
        "files, put by our store",
        () => rate((body) => withFile(body, (path) => store.put(newBlobKey("0".repeat(64)), path))),
      ],
      ["ProgImage on files", () => rate((body) => upload(onFiles.url, body))],
    ]);
    const measured = await interleave(sides, {
      runs,
      onRun: (run, rates) => {
        const figures = [...rates].map(([name, each]) => `${name} ${rounded(each)}`);
        report(`run ${run} of ${runs}: ${figures.join(", ")} a second`);
      },
    });
    const against = (name: string, least?: number, side = "ProgImage on S3") => {
      const theirs = measured.get(name) ?? [];
      const ratios = (measured.get(side) ?? []).map((each, index) => each / (theirs[index] ?? Number.NaN));
      const detail = { ratios: ratios.map((ratio) => rounded(ratio)), bytes: jpeg.length };
      return judged(`${side}, of ${name}`, median(ratios), { least, detail });
    };
    const bars = [...measured].map(([name, rates]) => ({
      name,
      perSecond: rounded(median(rates)),
      bytes: jpeg.length,
    }));
    return [
      { ...against("bare PUTs", 0.8), sides: bars },
      against("checks, then PUTs", 0.8),
      against("bare PUTs", 0.8, "files, put by our store"),
      against("ProgImage on files"),
    ];
  },
};

async function upload(url: string, body: Body): Promise<void> {
  const headers = { "content-type": "image/jpeg" };
  await sent(await fetch(`${url}/images`, { method: "POST", headers, body }), 201);
}

function putter(address: BucketAddress): (body: Body) => Promise<void> {
  const bucket = new Bun.S3Client({ ...address, region: "auto" });
  return async (body) => {
    const url = bucket.presign(`bare/${crypto.randomUUID()}`, { method: "PUT" });
    await sent(await fetch(url, { method: "PUT", body }), 200);
  };
}

async function sent(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`Cannot measure uploads: ${text}`);
}

/** Starts as many checking processes as a server has. */
function startChecks() {
  const renderer = new ProcessPoolRenderer({
    plugins: [],
    limits: DEFAULT_LIMITS,
    renderProcesses: availableParallelism() + 1,
    probeProcesses: 1,
    renderDeadline: 10_000,
    probeDeadline: 10_000,
    queueLength: 1_000,
    renderQueueTimeout: 10_000,
    bulkQueueTimeout: 10_000,
    probeQueueTimeout: 30_000,
    memoryLimit: 2_147_483_648,
    retireAfter: 0,
    onFault: ({ message }) => console.error(message),
  });
  return { renderer, [Symbol.asyncDispose]: () => renderer.close() };
}

function settingsOf({ endpoint, bucket, accessKeyId, secretAccessKey }: BucketAddress) {
  return {
    PROGIMAGE_S3_ENDPOINT: endpoint,
    PROGIMAGE_S3_BUCKET: bucket,
    PROGIMAGE_S3_ACCESS_KEY_ID: accessKeyId,
    PROGIMAGE_S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
