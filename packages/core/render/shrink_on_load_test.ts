import { afterEach, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../limits.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { registryFixture as registry } from "../transform/contract/plugin_fixture.ts";
import { parseUrlRecipe } from "../transform/recipe/parse_url_recipe.ts";
import { decodePixels, psnr } from "./pixel_reference.ts";
import { renderRecipe } from "./render_recipe.ts";
import { samplePhoto } from "./sample_images.ts";
import { encoderFingerprint, sharp } from "./sharp_setup.ts";
import { chooseShrinkOnLoad, type ShrinkOnLoad } from "./shrink_on_load.ts";

const SCALE = 0.16;
const photo = samplePhoto(1000);

/** Returns how similar a small render of a large image is to one of all its pixels, in decibels. */
async function likenessOf(format: "jpeg" | "webp", choice: ShrinkOnLoad): Promise<number> {
  await using folder = await testFolder();
  const input = `${folder.path}/input`;
  const output = `${folder.path}/output`;
  const large = await sharp(await photo)
    .toFormat(format, { quality: 90 })
    .toBuffer();
  await Bun.write(input, large);
  const { steps } = parseUrlRecipe(`scale=${SCALE}`, registry);
  chooseShrinkOnLoad(choice);
  await renderRecipe({ input, inputFormat: format, output, format: "png", steps }, registry, DEFAULT_LIMITS);
  const result = await decodePixels(output);
  const pixels = await sharp(large).png({ compressionLevel: 0 }).toBuffer();
  const { width, height } = result;
  const all = await sharp(pixels).resize(width, height, { fit: "fill" }).png().toBuffer();
  return psnr(result, await decodePixels(all));
}

describe("chooseShrinkOnLoad()", () => {
  afterEach(() => chooseShrinkOnLoad("good"));

  test("has small renders of JPEGs look like those of all pixels, unless it is fast", async () => {
    const good = await likenessOf("jpeg", "good");
    expect(good).toBeGreaterThan(41);
    expect(good).toBeGreaterThan((await likenessOf("jpeg", "fast")) + 3);
    expect(await likenessOf("jpeg", "best")).toBe(good);
  });

  test("decodes WebPs at full size only if it is best", async () => {
    expect(await likenessOf("webp", "best")).toBe(Infinity);
    expect(await likenessOf("webp", "good")).toBe(await likenessOf("webp", "fast"));
  });

  test("changes the fingerprint of the encoders, and so all keys of derivatives", () => {
    const fingerprints = (["fast", "good", "best"] as const).map((choice) => {
      chooseShrinkOnLoad(choice);
      return encoderFingerprint();
    });
    expect(new Set(fingerprints).size).toBe(3);
  });
});
