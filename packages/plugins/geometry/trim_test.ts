import { describe, expect, test } from "bun:test";
import { decodePixels, gradient, psnr } from "@progimage/core/testing";
import sharp, { type Color, type Sharp } from "sharp";
import { renderBytes } from "./testing_render.ts";

const CONTENT = { width: 30, height: 20 } as const;
const BORDER = { top: 4, right: 5, bottom: 6, left: 7 } as const;

/** Returns opaque pixels, none of them white or black. */
function content(): Sharp {
  return sharp(gradient(CONTENT.width, CONTENT.height, 3), { raw: { ...CONTENT, channels: 3 } });
}

async function framed(background: Color): Promise<Buffer> {
  return await content()
    .extend({ ...BORDER, background })
    .png()
    .toBuffer();
}

describe("trim", () => {
  test.each(["white", "black", "#0000", "#ff000080"])(
    "removes a border of %s and nothing else",
    async (color) => {
      const found = await decodePixels(await renderBytes(await framed(color), "trim"));
      expect(psnr(found, await decodePixels(await content().png().toBuffer()))).toBe(Infinity);
    },
  );

  test("keeps a border of another colour than the one given", async () => {
    const white = await framed("white");
    expect(await decodePixels(await renderBytes(white, "trim=background:black"))).toEqual(
      await decodePixels(white),
    );
    expect(await decodePixels(await renderBytes(white, "trim=background:fff"))).toMatchObject(CONTENT);
  });

  test("keeps an image that consists of border only", async () => {
    for (const size of [
      { width: 1, height: 1 },
      { width: 2, height: 50 },
      { width: 9, height: 9 },
    ]) {
      const plain = await sharp({ create: { ...size, channels: 4, background: "#0f08" } })
        .png()
        .toBuffer();
      expect(await decodePixels(await renderBytes(plain, "trim"))).toEqual(await decodePixels(plain));
    }
  });

  test("trims a picture as a viewer sees it, rotated by EXIF", async () => {
    const turned = await sharp(await framed("white"))
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const expected = await content().rotate(90).png().toBuffer();
    expect(psnr(await decodePixels(await renderBytes(turned, "trim")), await decodePixels(expected))).toBe(
      Infinity,
    );
  });

  test("ignores the noise of a JPEG up to its threshold", async () => {
    const size = { width: 64, height: 64 };
    const spot = { left: 21, top: 18, width: 22, height: 25 };
    const raw = { ...size, channels: 3 as const };
    const jpeg = await sharp(drawSpot(size, spot), { raw }).jpeg({ quality: 60 }).toBuffer();
    const box = async (query: string) => {
      const { width, height } = await decodePixels(await renderBytes(jpeg, query, { inputFormat: "jpeg" }));
      return [width, height];
    };
    expect(await box("trim=80")).toEqual([spot.width, spot.height]);
    const [width = 0, height = 0] = await box("trim=0");
    expect(Math.min(width - spot.width, height - spot.height)).toBeGreaterThan(2);
  });

  test("cuts all frames of an animation to one box around the content of all", async () => {
    const size = { width: 40, height: 30 };
    const spots = [
      { left: 5, top: 6, width: 3, height: 4 },
      { left: 20, top: 2, width: 10, height: 5 },
      { left: 12, top: 12, width: 2, height: 11 },
    ];
    const frames = spots.map((spot) => drawSpot(size, spot));
    const roll = sharp(Buffer.concat([...frames, drawSpot(size, null)]), {
      raw: { width: size.width, height: size.height * 4, channels: 3, pageHeight: size.height },
      animated: true,
    });
    const webp = await roll.webp({ lossless: true, delay: [50, 60, 70, 80] }).toBuffer();
    const output = await renderBytes(webp, "trim", { inputFormat: "webp", format: "webp" });
    expect(await sharp(output).metadata()).toMatchObject({ pages: 4, delay: [50, 60, 70, 80] });
    for (let page = 0; page < 4; page++) {
      const frame = sharp(webp, { page }).extract({ left: 5, top: 2, width: 25, height: 21 });
      const expected = await decodePixels(await frame.png().toBuffer());
      expect(psnr(await decodePixels(output, page), expected)).toBe(Infinity);
    }
  });
});

type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

function drawSpot(
  { width, height }: { readonly width: number; readonly height: number },
  spot: Box | null,
): Buffer {
  const pixels = Buffer.alloc(width * height * 3, 255);
  if (!spot) return pixels;
  for (let y = spot.top; y < spot.top + spot.height; y++) {
    pixels.fill(40, (y * width + spot.left) * 3, (y * width + spot.left + spot.width) * 3);
  }
  return pixels;
}
