import { expect, test } from "bun:test";
import { findImage } from "../image/find_image.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { testingJobPorts } from "../../job/running/testing_job_ports.ts";
import { planDerivative } from "./plan_derivative.ts";
import { costlySvg } from "../../render/costly_svg_fixture.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { startPool } from "../../render/pool/testing_pool.ts";
import { renderImage } from "./render_image.ts";
import { storedSource } from "../../source/source_image.ts";
import { storeImage } from "../image/store_image.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import { until } from "../../testing/testing_until.ts";

test("renderImage() serves a cached derivative even if its recipe and source are known to be too costly", async () => {
  await using folder = await testFolder();
  const ports = await testingJobPorts(folder.path);
  const bytes = new Uint8Array(await samplePhoto());
  await using file = await ports.spool.receive(new Blob([bytes]).stream(), { limit: 1e9 });
  const { image } = await storeImage(ports, file, NO_ATTRIBUTES);
  const source = storedSource(ports, await findImage(ports, image.id));
  const plan = async (side: number) => {
    const wish = { steps: [{ transform: "box", params: { side } }], format: "webp" } as const;
    return await planDerivative(ports, source, wish, async () => source);
  };
  const kept = await plan(10);
  const { derivative } = await renderImage(ports, kept);

  await using test = await startPool({ renderDeadline: 200 });
  const { pool, job, write, faults } = test;
  const recipe = job("loop", { key: kept.key });
  await expect(pool.render(recipe)).rejects.toMatchObject({ code: "too_costly" });
  const decoding = job("nothing", {
    input: await write("costly.svg", costlySvg(1_000)),
    source: image.sha256,
  });
  await expect(pool.render(decoding)).rejects.toMatchObject({ code: "too_costly" });
  await until("decoding the source alone was tried", () => faults.length === 3);

  const busy = { ...ports, renderer: pool };
  expect(await renderImage(busy, kept)).toMatchObject({
    derivative: { bytes: derivative.bytes },
    timing: null,
  });
  await expect(renderImage(busy, await plan(11))).rejects.toMatchObject({ code: "too_costly" });
  expect(faults).toHaveLength(3);
});
