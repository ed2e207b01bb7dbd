import { describe, expect, test } from "bun:test";
import type { EncodeSettings } from "./encode_settings.ts";
import { encoderOptions, holds16Bits } from "./encoder_options.ts";
import { OUTPUT_FORMATS } from "./formats.ts";

describe("encoderOptions()", () => {
  test("has good defaults", () => {
    expect(encoderOptions("jpeg", {})).toEqual({
      quality: 80,
      progressive: false,
      chromaSubsampling: "4:2:0",
    });
    expect(encoderOptions("webp", {})).toEqual({
      quality: 80,
      lossless: false,
      effort: 4,
      smartSubsample: false,
    });
    expect(encoderOptions("avif", {})).toEqual({
      quality: 60,
      lossless: false,
      effort: 2,
      chromaSubsampling: "4:2:0",
    });
    expect(encoderOptions("png", {})).toEqual({ compressionLevel: 6, progressive: false });
    expect(encoderOptions("gif", {})).toEqual({
      effort: 7,
      progressive: false,
      interFrameMaxError: 8,
      dither: 0.8,
    });
    expect(encoderOptions("tiff", {})).toEqual({ compression: "deflate", predictor: "horizontal" });
  });

  test("uses a palette of the given number of colours", () => {
    expect(encoderOptions("png", { colors: 16 })).toMatchObject({ palette: true, colours: 16, quality: 100 });
    expect(encoderOptions("png", { colors: 16, quality: 40 })).toMatchObject({ colours: 16, quality: 40 });
    expect(encoderOptions("gif", { colors: 16, quality: 50 })).toMatchObject({ colours: 16 });
  });

  test("prefers an explicit `progressive` to the effort's default", () => {
    expect(encoderOptions("jpeg", { effort: 4 })).toMatchObject({ progressive: true });
    expect(encoderOptions("jpeg", { effort: 6 })).toMatchObject({ progressive: true, optimiseScans: true });
    expect(encoderOptions("jpeg", { effort: 6, progressive: false })).toMatchObject({
      progressive: false,
      optimiseScans: false,
      trellisQuantisation: true,
    });
  });

  test("stores colours at the requested resolution", () => {
    expect(encoderOptions("jpeg", { chroma: "444" })).toMatchObject({ chromaSubsampling: "4:4:4" });
    expect(encoderOptions("avif", { chroma: "444" })).toMatchObject({ chromaSubsampling: "4:4:4" });
    expect(encoderOptions("avif", { chroma: "420", quality: 95 })).toMatchObject({
      chromaSubsampling: "4:2:0",
    });
    expect(encoderOptions("webp", { chroma: "444" })).toMatchObject({ smartSubsample: true });
  });

  test("limits the effort of AVIF to 4", () => {
    const efforts = [0, 1, 2, 3, 4, 5, 6].map(
      (effort) => encoderOptions("avif", { effort }).effort ?? Infinity,
    );
    expect(Math.max(...efforts)).toBe(4);
  });

  test("increases the encoder's effort with each effort", () => {
    for (const format of ["png", "webp", "gif"] as const) {
      const efforts = [0, 1, 2, 3, 4, 5, 6].map((effort) =>
        Object.values(encoderOptions(format, { effort })).findLast(Number.isInteger),
      );
      expect(efforts).toEqual([...new Set(efforts)]);
    }
  });

  test("is lossy only if the quality requests it", () => {
    expect(encoderOptions("png", { quality: 60 })).toMatchObject({ palette: true, quality: 60 });
    expect(encoderOptions("png", { quality: 100 })).not.toHaveProperty("palette");
    expect(encoderOptions("png", { quality: 60, lossless: true })).not.toHaveProperty("palette");
    expect(encoderOptions("gif", { quality: 50 })).toMatchObject({ interFrameMaxError: 20, dither: 0.5 });
    expect(encoderOptions("gif", { quality: 100 })).toMatchObject({ interFrameMaxError: 0, dither: 1 });
    expect(encoderOptions("tiff", { quality: 50 })).toEqual({ compression: "jpeg", quality: 50 });
  });

  test("filters the rows of a photograph in a PNG without palette, unless the effort is 0", () => {
    const filters = (settings: EncodeSettings, isPhotograph = true) =>
      encoderOptions("png", settings, { isPhotograph }).adaptiveFiltering ?? false;
    expect([filters({}), filters({ effort: 1 }), filters({ quality: 60, lossless: true })]).not.toContain(
      false,
    );
    expect([filters({}, false), filters({ effort: 0 }), filters({ colors: 16 })]).not.toContain(true);
  });

  test("keeps the alpha of a TIFF, which JPEG does not support", () => {
    expect(encoderOptions("tiff", { quality: 50 }, { hasAlpha: true })).toMatchObject({
      compression: "deflate",
    });
  });

  test("knows every format and every setting", () => {
    for (const format of OUTPUT_FORMATS) {
      expect(encoderOptions(format, { quality: 1, effort: 6, lossless: true })).toBeObject();
      expect(encoderOptions(format, { quality: 100, effort: 0 })).toBeObject();
    }
  });
});

describe("holds16Bits()", () => {
  test("is true for PNG and TIFF if colours are kept and nothing is lost", () => {
    const kept = { colorSpace: "keep" } as const;
    expect(OUTPUT_FORMATS.filter((format) => holds16Bits(format, kept))).toEqual(["png", "tiff"]);
    expect(holds16Bits("png", {})).toBe(false);
    expect(holds16Bits("png", { ...kept, colors: 16 })).toBe(false);
    expect(holds16Bits("tiff", { ...kept, quality: 80 })).toBe(false);
  });
});
