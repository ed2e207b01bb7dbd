import { expect, test } from "bun:test";
import { join } from "node:path";
import { isLocal } from "../../blob/blob_store.ts";
import { findImage } from "../image/find_image.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { testingJobPorts } from "../../job/running/testing_job_ports.ts";
import { planDerivative } from "./plan_derivative.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import type { RenderJob } from "../../render/renderer.ts";
import { renderPlan } from "./render_plan.ts";
import { storedSource } from "../../source/source_image.ts";
import { storeImage } from "../image/store_image.ts";
import { flipBit } from "../../testing/testing_damage.ts";
import { testFolder } from "../../testing/testing_folder.ts";

/** Returns a stored image, and a function that renders it. */
async function scene(folder: string) {
  const ports = await testingJobPorts(folder);
  const file = await ports.spool.receive(new Blob([new Uint8Array(await samplePhoto())]).stream(), {
    limit: 1e9,
  });
  const { image } = await storeImage(ports, file, NO_ATTRIBUTES);
  await file[Symbol.asyncDispose]();
  const jobs: RenderJob[] = [];
  const renderer = {
    ...ports.renderer,
    render: async (job: RenderJob) => {
      jobs.push(job);
      return await ports.renderer.render(job);
    },
  };
  const render = async (side: number) => {
    const stored = await findImage(ports, image.id);
    const wish = { steps: [{ transform: "box", params: { side } }], format: "webp" } as const;
    const plan = await planDerivative(ports, storedSource(ports, stored), wish, async () => {
      throw new Error("No step names an image");
    });
    return await renderPlan({ renderer }, plan, join(folder, crypto.randomUUID()));
  };
  const checks = () => jobs.map((job) => job.checks?.length);
  const { blobs, ledger } = ports;
  if (!isLocal(blobs)) throw new Error("Blobs must be files");
  const { blobKey } = await findImage(ports, image.id);
  return { render, checks, ledger, blobKey, path: blobs.localPath(blobKey) };
}

test("renderPlan() checks a file once, and again after it has changed", async () => {
  await using folder = await testFolder();
  const { render, checks, path } = await scene(folder.path);
  for (const side of [1, 2, 3]) await render(side);
  expect(checks()).toEqual([1, 0, 0]);
  await flipBit(path, 100);
  await flipBit(path, 100);
  for (const side of [4, 5]) await render(side);
  expect(checks()).toEqual([1, 0, 0, 1, 0]);
});

test("renderPlan() of damaged bytes is rejected and recorded, and not begun again", async () => {
  await using folder = await testFolder();
  const { render, checks, ledger, blobKey, path } = await scene(folder.path);
  await render(1);
  await flipBit(path, 100);
  for (const side of [2, 3]) await expect(render(side)).rejects.toMatchObject({ code: "damaged" });
  expect(checks()).toEqual([1, 1]);
  expect(await ledger.damaged(10)).toEqual([{ key: blobKey, isDamaged: true }]);
});
