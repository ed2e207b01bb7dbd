import { expect, test } from "bun:test";
import { join } from "node:path";
import { mediaTypeOf, OUTPUT_FORMATS } from "@progimage/core";

const CONFIGURATION = join(import.meta.dir, "nginx.conf");

test("nginx.conf passes on each format that an Accept header can name", async () => {
  const text = await Bun.file(CONFIGURATION).text();
  const missing = OUTPUT_FORMATS.filter((format) => {
    const [map = "", ...classes] = text.split("\n").filter((line) => line.includes(`$accepts_${format}`));
    return !map.includes(`"${mediaTypeOf(format)},"`) || classes.length < 2;
  });
  expect(missing).toEqual([]);
});
