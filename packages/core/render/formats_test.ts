import { describe, expect, test } from "bun:test";
import { encoderOptions } from "../transform/output/encoder_options.ts";
import { FORMATS, OUTPUT_FORMATS, outputFacts, SOURCE_FORMATS } from "../transform/output/formats.ts";
import { sharp } from "./sharp_setup.ts";
import { encode } from "./write_output.ts";

const PLAYBACK = { delay: undefined, loop: undefined };

/** Writes a half-transparent picture with channels of 8 or 16 bits. Returns sharp's metadata of the file. */
async function written(
  format: keyof typeof FORMATS & (typeof OUTPUT_FORMATS)[number],
  { width = 4, is16Bit = false } = {},
) {
  const pixels = is16Bit
    ? new Uint16Array(width * 2 * 4).fill(20_000)
    : new Uint8Array(width * 2 * 4).fill(80);
  const image = sharp(pixels, { raw: { width, height: 2, channels: 4 }, limitInputPixels: false });
  const deep = is16Bit ? image.toColourspace("rgb16") : image;
  const options = { format, settings: { effort: 0 }, playback: PLAYBACK, hasAlpha: true };
  const file = await encode(deep, options).toBuffer();
  return await sharp(file, { limitInputPixels: false }).metadata();
}

describe("FORMATS", () => {
  for (const format of OUTPUT_FORMATS) {
    const { decoder, title } = FORMATS[format];
    const { hasAlpha, holds16Bits, longestSide } = outputFacts(format);

    test(`${title} is decoded under the name that the table gives, with alpha and 16 bits if it says so`, async () => {
      const { format: name, compression, ...traits } = await written(format);
      expect({ format: name, compression }).toMatchObject(decoder);
      expect(traits.hasAlpha).toBe(hasAlpha);
      if (holds16Bits) expect((await written(format, { is16Bit: true })).depth).toBe("ushort");
    });

    test.skipIf(longestSide === Infinity)(
      `${title} has the longest side that its encoder takes`,
      async () => {
        expect((await written(format, { width: longestSide })).width).toBe(longestSide);
        // TIFF's limit is that of the JPEG inside it.
        if (format !== "tiff") await expect(written(format, { width: longestSide + 1 })).rejects.toThrow();
      },
    );
  }

  test("gives each extension and media type to one format", () => {
    const extensions = SOURCE_FORMATS.flatMap((format) => FORMATS[format].extensions);
    expect(new Set(extensions).size).toBe(extensions.length);
    expect(new Set(SOURCE_FORMATS.map((format) => FORMATS[format].mediaType)).size).toBe(
      SOURCE_FORMATS.length,
    );
  });

  test("lists only settings that change the options of the encoder", () => {
    const changed = { chroma: "444", colors: 8, lossless: true, progressive: true } as const;
    for (const format of OUTPUT_FORMATS) {
      const listed = Object.entries(changed).filter(([name]) =>
        outputFacts(format).settings.includes(name as keyof typeof changed),
      );
      for (const [name, value] of listed) {
        const [before, after] = [{ quality: 50 }, { quality: 50, [name]: value }].map((settings) =>
          encoderOptions(format, settings),
        );
        expect({ format, name, after }).not.toEqual({ format, name, after: before });
      }
    }
  });
});
