import { expect, test } from "bun:test";
import { join } from "node:path";
import sharp from "sharp";
import { DEFAULT_LIMITS } from "../limits.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { openSource } from "./open_source.ts";
import { probeImage } from "./probe_image.ts";

test("openSource() does not take another picture of an AVIF for the first, which was probed", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "picture.avif");
  await sharp({ create: { width: 20, height: 10, channels: 3, background: "#ff0000" } }).toFile(path);
  const traits = await probeImage(path, DEFAULT_LIMITS);
  const open = async (page: number) =>
    await openSource({ path, format: "avif" }, DEFAULT_LIMITS, { traits, open: { page } });
  expect((await open(1)).size).toEqual({ width: 20, height: 10 });
  // The file has no second picture, which only its header tells.
  await expect(open(2)).rejects.toMatchObject({ code: "broken_image" });
});
