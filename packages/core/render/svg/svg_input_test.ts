import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { openSource } from "../open_source.ts";
import { probeImage } from "../probe_image.ts";

const NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"';

describe("prepareSvg()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-svg-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Probes an SVG, and draws it with the facts of the probe. */
  async function draw(svg: string | Uint8Array) {
    const path = join(folder, crypto.randomUUID());
    await Bun.write(path, svg);
    const traits = await probeImage(path, DEFAULT_LIMITS);
    const picture = await openSource({ path, format: "svg" }, DEFAULT_LIMITS, { traits });
    const { data, info } = await picture.open().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const isRed = (x: number, y: number) => {
      const at = (y * width + x) * info.channels;
      return data[at] === 255 && data[at + 1] === 0 && data[at + 3] === 255;
    };
    expect({ width, height }).toEqual({ width: traits.width, height: traits.height });
    return { size: `${width} × ${height}`, isRed };
  }

  test.each([
    ['width="100mm" height="10cm"', "378 × 378"],
    ['width="2in" height="72pt"', "192 × 96"],
    ['width="6pc" height="50"', "96 × 50"],
    ['style="width:1in;height:2in" viewBox="0 0 1 2"', "96 × 192"],
    ['width="301" height="20"', "301 × 20"],
    ['viewBox="0 0 30 20"', "30 × 20"],
  ])("draws %s at 96 pixels an inch", async (attributes, size) => {
    const { size: drawn } = await draw(
      `<svg ${NAMESPACE} ${attributes}><path d="M0 0" stroke-width="1mm"/></svg>`,
    );
    expect(drawn).toBe(size);
  });

  test("places lengths in other units within a document in pixels", async () => {
    const rect = '<rect width="20mm" height="10mm" fill="red"/>';
    const prolog = '<?xml version="1.0"?><!-- <svg> --><!DOCTYPE svg [<!ENTITY e "a">]>';
    const { size, isRed } = await draw(`${prolog}<svg ${NAMESPACE} width="200" height="60">${rect}</svg>`);
    expect(size).toBe("200 × 60");
    // 20 mm are 75.6 pixels.
    expect([isRed(74, 5), isRed(76, 5), isRed(5, 36), isRed(5, 38)]).toEqual([true, false, true, false]);
  });

  test.each<[string, (svg: string) => string | Uint8Array]>([
    ["in UTF-16", (svg) => Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${svg}`, "utf16le")],
    ["in UTF-16 of the other order", (svg) => Buffer.from(`\ufeff${svg}`, "utf16le").swap16()],
    ["compressed by gzip", (svg) => gzipSync(svg)],
    ["behind a long comment", (svg) => `<?xml version="1.0"?><!--${"x".repeat(3000)}-->${svg}`],
    [
      "whose tags have a prefix",
      (svg) => svg.replace("xmlns=", "xmlns:s=").replace(/<(\/?)(svg|rect)/g, "<$1s:$2"),
    ],
  ])("reads an SVG %s", async (_, write) => {
    const rect = '<rect width="30" height="20" fill="red"/>';
    const { size, isRed } = await draw(write(`<svg ${NAMESPACE} width="30" height="20">${rect}</svg>`));
    expect({ size, isRed: isRed(15, 10) }).toEqual({ size: "30 × 20", isRed: true });
  });

  test("takes no other compressed file for an SVG", async () => {
    await expect(draw(gzipSync("<p>text</p>"))).rejects.toMatchObject({ code: "unsupported_media" });
  });
});
