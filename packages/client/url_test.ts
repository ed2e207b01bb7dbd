import { expect, test } from "bun:test";
import { join } from "node:path";
import { InvalidIdError, ProgImage } from "./mod.ts";
import { imageUrl, recipe } from "./url.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";
const BASE = "https://example.com/media/";

test("imageUrl gives the URLs that the whole client gives", () => {
  const client = new ProgImage({ baseUrl: BASE });
  const image = { id: ID, href: `https://example.com/images/${ID}?v=3` };
  const made = recipe()
    .thumbnail({ width: 320, height: 240 })
    .mask({ image })
    .text("a, b: c")
    .webp({ quality: 60 });
  expect(imageUrl(BASE, ID)).toBe(client.image(ID).url());
  expect(imageUrl(new URL(BASE), image, made)).toBe(client.image(image, made).url());
  expect(imageUrl("/media", ID, recipe().flip())).toBe(`/media/images/${ID}?flip`);
  expect(() => imageUrl(BASE, "nope")).toThrow(InvalidIdError);
  expect(() => imageUrl(BASE, ID, recipe().mask({ image: new Blob([]) }))).toThrow(TypeError);
});

test("@progimage/client/url has no more than 4 kB", async () => {
  const { logs, outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "url.ts")],
    target: "browser",
    minify: true,
  });
  expect(logs).toEqual([]);
  const bytes = Buffer.from((await outputs[0]?.text()) ?? "");
  expect(bytes.length).toBeGreaterThan(1_000);
  expect(Bun.gzipSync(bytes).length).toBeLessThanOrEqual(4_000);
});
