import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createJob, type JobRequest } from "../../verbs/job/create_job.ts";
import { findJob } from "../../verbs/job/find_job.ts";
import { listJobItems } from "../../verbs/job/list_job_items.ts";
import type { Ports } from "../../ports.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { Bucket } from "../../s3/bucket.ts";
import { sharedS3 } from "../../s3/testing_s3.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import { BATCH_ITEMS } from "./find_sources.ts";
import { hasEnded, type JobOutput } from "../job.ts";
import { JobRunner } from "./job_runner.ts";
import { ObjectFileExchange } from "../exchange/object_file_exchange.ts";
import { testingJobPorts } from "./testing_job_ports.ts";
import { until } from "../../testing/testing_until.ts";

const s3 = await sharedS3();

const SMALL: JobOutput = { name: null, steps: [{ transform: "box", params: { side: 16 } }], format: "webp" };

fileJobs("a folder", async (folder) => await testingJobPorts(folder));

describe.skipIf(s3 === null)("on S3", () => {
  if (!s3) return;
  fileJobs("a bucket", async (folder) => {
    const bucket = new Bucket(await s3.freshBucket());
    return {
      ...(await testingJobPorts(folder)),
      exchange: new ObjectFileExchange(bucket, { prefix: "exchange/" }),
    };
  });
});

function fileJobs(place: string, makePorts: (folder: string) => Promise<Ports>): void {
  describe(`jobs on files in ${place}`, () => {
    test("store files under a prefix unchanged, and fail for those that are not images", () =>
      withPorts(async (ports, { photo, text }) => {
        const files = {
          "2024/a.jpg": photo,
          "2024/b/c d.jpg": photo,
          "2024/notes.txt": text,
          "2025/e.jpg": photo,
        };
        for (const [name, path] of Object.entries(files)) await ports.exchange?.put(name, path);
        const attributes = {
          tags: ["imported"],
          metadata: { from: "folder" },
          focalPoint: { x: 0.5, y: 0.25 },
          expiresAt: 4_000_000_000_000,
        };
        const { job, items } = await runToEnd(ports, {
          select: { exchange: { prefix: "2024/" } },
          attributes,
        });
        expect(job).toMatchObject({ status: "partially_failed", total: 3, succeeded: 2, failed: 1 });
        expect(items.map(({ source }) => source)).toEqual(
          ["2024/a.jpg", "2024/b/c d.jpg", "2024/notes.txt"].map((name) => ({ exchange: name })),
        );
        expect(items[2]).toMatchObject({ status: "failed", problem: { code: "unsupported_media" } });
        const stored = await ports.catalog.find(items[1]?.results[0]?.imageId ?? "");
        expect(stored).toMatchObject({
          ...attributes,
          name: "c d.jpg",
          metadata: { from: "folder", importedFrom: "2024/b/c d.jpg" },
          bytes: Bun.file(photo).size,
        });
      }));

    test("find more files than fit in one batch, each once", () =>
      withPorts(async (ports, { text }) => {
        const count = BATCH_ITEMS + 30;
        const names = Array.from({ length: count }, (_, index) => `many/${index % 7}/${index}.txt`);
        await Promise.all(names.map((name) => ports.exchange?.put(name, text)));
        const { job, items } = await runToEnd(ports, { select: { exchange: { prefix: "many/" } } });
        expect(job).toMatchObject({ status: "failed", total: count, failed: count });
        expect(items.map(({ source }) => ("exchange" in source ? source.exchange : ""))).toEqual(
          names.toSorted(),
        );
      }));

    test("reject a file above the upload limit, and leave no trace of it", () =>
      withPorts(async (ports, { photo }) => {
        await ports.exchange?.put("in/large.jpg", photo);
        const limits = { ...ports.limits, uploadBytes: Bun.file(photo).size - 1 };
        const { items } = await runToEnd({ ...ports, limits }, { select: { exchange: { prefix: "in/" } } });
        expect(items).toMatchObject([{ status: "failed", problem: { code: "too_large" } }]);
        expect(await ports.spool.sweep(Infinity)).toBe(0);
      }));

    test("store the same files again, unless known bytes are to be skipped", () =>
      withPorts(async (ports, { photo }) => {
        await ports.exchange?.put("in/a.jpg", photo);
        const wanted = { select: { exchange: { prefix: "in/" } } };
        const imageOf = async (more: Partial<JobRequest> = {}) =>
          (await runToEnd(ports, { ...wanted, ...more })).items[0]?.results[0]?.imageId;
        const first = await imageOf();
        const again = await imageOf();
        expect(new Set([first, again]).size).toBe(2);
        expect(await imageOf({ onlyNew: true })).toBe(first ?? "");
        const images = await ports.catalog.list({ order: "createdAt", descending: false, limit: 10 });
        expect(images).toHaveLength(2);
      }));

    test("write results below another prefix", () =>
      withPorts(async (ports, { photo }) => {
        await ports.exchange?.put("in/a b.jpg", photo);
        const select = { exchange: { prefix: "in/" } };
        const deliver = { exchange: { prefix: "out/small-" } };
        const { job } = await runToEnd(ports, { select, outputs: [SMALL], deliver });
        expect(job).toMatchObject({ status: "succeeded", succeeded: 1 });
        expect(await ports.exchange?.list("out/", { limit: 10, after: null })).toEqual([
          "out/small-1-a-b.webp",
        ]);
        for (const prefix of ["in/out/", "in/", "i", ""]) {
          const refused = createJob(ports, { select, outputs: [SMALL], deliver: { exchange: { prefix } } });
          expect(await refused.catch((error: unknown) => error)).toMatchObject({
            code: "invalid_parameter",
            details: { parameter: "deliver" },
          });
        }
      }));

    test("are rejected for prefixes that lead out of the exchange, and without an exchange", () =>
      withPorts(async (ports) => {
        const wanted = { outputs: [], deliver: "images" } as const;
        const begin = (prefix: string, under: Ports = ports) =>
          createJob(under, { ...wanted, select: { exchange: { prefix } } });
        for (const bad of ["../", "/etc/", "a/../b/", ".ssh/"])
          await expect(begin(bad)).rejects.toThrow("Cannot use prefix of files");
        await expect(begin("in/", { ...ports, exchange: null })).rejects.toThrow("PROGIMAGE_EXCHANGE_DIR");
      }));

    async function withPorts(
      use: (ports: Ports, files: { readonly photo: string; readonly text: string }) => Promise<void>,
    ): Promise<void> {
      await using folder = await testFolder();
      const [photo, text] = [join(folder.path, "photo"), join(folder.path, "text")];
      await Promise.all([Bun.write(photo, await samplePhoto()), Bun.write(text, "no image")]);
      await use(await makePorts(folder.path), { photo, text });
    }
  });
}

async function runToEnd(ports: Ports, wanted: Pick<JobRequest, "select"> & Partial<JobRequest>) {
  const { id } = await createJob(ports, { outputs: [], deliver: "images", ...wanted });
  const onFault = ({ err }: { readonly err: unknown }) => {
    throw err;
  };
  await using _runner = new JobRunner(ports, { itemsAtATime: 4, onFault });
  let job = await findJob(ports, id);
  await until("the job has ended", async () => hasEnded((job = await findJob(ports, id))) || job.status);
  const { items } = await listJobItems(ports, id, { limit: 1_000 });
  return { job, items };
}
