import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { readMetadata } from "../open_source.ts";
import { sharp } from "../sharp_setup.ts";
import { checkSvg } from "./check_svg.ts";

const LIMITS = { ...DEFAULT_LIMITS, inputPixels: 10_000, inputSide: 1_000 };
const TOO_MANY_PIXELS = { name: "ProgImageError", code: "too_many_pixels" };
const TOO_COSTLY = { name: "ProgImageError", code: "too_costly" };

const svg = (content: string, doctype = "") =>
  `${doctype}<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">${content}</svg>`;
const base64 = (type: string, bytes: Uint8Array | string) =>
  `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
const image = (uri: string) => `<image width="10" height="10" href="${uri}"/>`;

async function raster(width: number, height: number, format: "gif" | "jpeg" | "png" | "webp" = "png") {
  const create = { width, height, channels: 3, background: "red" } as const;
  return await sharp({ create }).toFormat(format).toBuffer();
}

async function check(text: string): Promise<void> {
  const readHeader = (file: Buffer) => readMetadata(file).catch(() => null);
  await checkSvg(Buffer.from(text), LIMITS, readHeader);
}

describe("checkSvg()", () => {
  test.each(["png", "jpeg", "gif", "webp"] as const)(
    "counts the pixels of an embedded %s",
    async (format) => {
      const uri = base64(`image/${format}`, await raster(101, 100, format));
      await expect(check(svg(image(uri)))).rejects.toMatchObject({
        ...TOO_MANY_PIXELS,
        details: { limit: LIMITS.inputPixels },
      });
      await check(svg(image(base64(`image/${format}`, await raster(100, 100, format)))));
    },
  );

  test("counts the pixels of all embedded images together, and holds each to the longest side", async () => {
    const part = image(base64("image/png", await raster(50, 70)));
    await check(svg(part.repeat(2)));
    await expect(check(svg(part.repeat(3)))).rejects.toMatchObject(TOO_MANY_PIXELS);
    const long = image(base64("image/png", await raster(1_001, 1)));
    await expect(check(svg(long))).rejects.toMatchObject({ details: { limit: LIMITS.inputSide } });
  });

  test("finds an embedded image in every notation", async () => {
    const bytes = await raster(200, 200);
    const uri = base64("image/png", bytes);
    const nested = svg(image(uri));
    const written = [
      image(base64("", bytes)),
      image(base64("text/plain;charset=utf-8", bytes)),
      image(` ${uri.replace("data:", "DaTa:")}`),
      image(uri.replace("data", "&#100;&#x61;ta")),
      image(uri.replaceAll("A", "%41")),
      image(uri.replace(/(.{100})/g, "$1\n ")),
      image(
        `data:image/png,${Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`,
      ),
      `<s:image xlink:href='${uri}'/>`,
      `<filter><feImage href="${uri}"/></filter>`,
      image(base64("image/svg+xml", nested)),
      image(`data:image/svg+xml,${encodeURIComponent(nested)}`),
      image(base64("image/svg+xml", gzipSync(nested))),
      image(base64("image/svg+xml", Buffer.from(nested, "utf16le"))),
      image(base64("image/svg+xml", Buffer.from(`\ufeff${nested}`, "utf16le").swap16())),
      `<use href="${base64("image/svg+xml", nested)}#a"/>`,
      `<rect style="filter: url('${base64("image/svg+xml", nested)}#f')"/>`,
    ];
    for (const content of written) await expect(check(svg(content))).rejects.toMatchObject(TOO_MANY_PIXELS);
    const doctype = `<!DOCTYPE svg [<!ENTITY a "${uri}"><!ENTITY b "&a;">]>`;
    await expect(check(svg(image("&b;"), doctype))).rejects.toMatchObject(TOO_MANY_PIXELS);
  });

  test("is not misled by an image that holds the text of an SVG", async () => {
    const bytes = await sharp(await raster(200, 200))
      .withXmp("<svg>")
      .jpeg()
      .toBuffer();
    expect(bytes.includes("<svg>")).toBe(true);
    await expect(check(svg(image(base64("image/jpeg", bytes))))).rejects.toMatchObject(TOO_MANY_PIXELS);
  });

  test("accepts embedded files that are no images", async () => {
    await check(svg(`${image("data:,")}${image("data:image/png;base64,AAAA")}${image("other.png")}`));
  });

  test("limits the number of embedded files, and the nesting of SVGs", async () => {
    const small = image(base64("image/png", await raster(1, 1)));
    await check(svg(small.repeat(256)));
    await expect(check(svg(small.repeat(257)))).rejects.toMatchObject(TOO_COSTLY);
    let nested = svg("<rect/>");
    for (let depth = 0; depth < 4; depth++) nested = svg(image(base64("image/svg+xml", nested)));
    await check(nested);
    await expect(check(svg(image(base64("image/svg+xml", nested))))).rejects.toMatchObject(TOO_COSTLY);
  });

  test("rejects immediately an SVG that draws billions of elements, by uses or entities, nested or not", async () => {
    const groups = Array.from(
      { length: 40 },
      (_, index) => `<g id="a${index + 1}"><use href="#a${index}"/><use href="#a${index}"/></g>`,
    );
    const uses = svg(`<g id="a0"><rect/></g>${groups.join("")}`);
    const entities = Array.from(
      { length: 12 },
      (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`,
    );
    const doctype = `<!DOCTYPE svg [<!ENTITY e0 "<rect/>">${entities.join("")}]>`;
    const startedAt = performance.now();
    await expect(check(uses)).rejects.toMatchObject(TOO_COSTLY);
    await expect(check(svg(image(base64("image/svg+xml", uses))))).rejects.toMatchObject(TOO_COSTLY);
    await expect(check(svg("&e12;", doctype))).rejects.toMatchObject(TOO_COSTLY);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test("refuses a compressed SVG that becomes too large", async () => {
    const large = gzipSync(`<svg>${" ".repeat(DEFAULT_LIMITS.svgBytes)}</svg>`);
    await expect(check(svg(image(base64("image/svg+xml", large))))).rejects.toMatchObject(TOO_COSTLY);
  });
});
