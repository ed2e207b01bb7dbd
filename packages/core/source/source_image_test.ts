import { expect, test } from "bun:test";
import { join } from "node:path";
import { NO_ATTRIBUTES } from "../image/image_attributes.ts";
import { testingJobPorts } from "../job/running/testing_job_ports.ts";
import type { RenderJob, Renderer } from "../render/renderer.ts";
import { samplePhoto } from "../render/sample_images.ts";
import { tenantPorts } from "../tenant/tenant_ports.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { storeImage } from "../verbs/image/store_image.ts";
import { planDerivative } from "../verbs/render/plan_derivative.ts";
import { renderImage } from "../verbs/render/render_image.ts";
import { spooledSource } from "./source_image.ts";

/** A renderer that notes by which names its work enters the record of failures. */
function noting(renderer: Renderer) {
  const noted: (string | undefined)[] = [];
  const noting: Renderer = {
    close: () => renderer.close(),
    fingerprint: () => renderer.fingerprint(),
    probe: (path, options) => (noted.push(options?.key), renderer.probe(path, options)),
    render: (job: RenderJob, options) => (noted.push(job.source, job.key), renderer.render(job, options)),
  };
  return { renderer: noting, noted };
}

test("spooledSource(), renderImage() and storeImage() share nothing between owners that send the same bytes", async () => {
  await using folder = await testFolder();
  const made = await testingJobPorts(folder.path);
  const path = join(folder.path, "photo");
  await Bun.write(path, await samplePhoto());
  const sha256 = "ab".repeat(32);
  const { renderer, noted } = noting(made.renderer);
  const names: (readonly (string | undefined)[])[] = [];
  for (const owner of ["", "one", "two"]) {
    const ports = tenantPorts({ ...made, renderer }, owner);
    const source = await spooledSource(ports, { path, sha256 });
    expect(source.owner).toBe(owner);
    const wish = { steps: [], format: "webp" } as const;
    const plan = await planDerivative(ports, source, wish, () => Promise.reject(new Error("not asked")));
    // A hit has no timing, and would tell that another owner has rendered the same bytes.
    expect((await renderImage(ports, plan)).timing).not.toBeNull();
    expect((await renderImage(ports, plan)).timing).toBeNull();
    const { image } = await storeImage(ports, { path, bytes: 1, sha256 }, NO_ATTRIBUTES);
    expect(image.owner).toBe(owner);
    names.push(noted.splice(0));
  }
  expect(names[0]).toEqual([sha256, sha256, expect.stringMatching(/^(?:ab){16}-/), sha256]);
  expect(names.map((some) => some.length)).toEqual([4, 4, 4]);
  for (const index of [0, 1, 2, 3]) expect(new Set(names.map((some) => some[index])).size).toBe(3);
});
