import { describe, expect, test } from "bun:test";
import { encoderOptions } from "./encode_settings.ts";
import { OUTPUT_FORMATS } from "./formats.ts";

describe("encoderOptions()", () => {
  test("has good defaults", () => {
    expect(encoderOptions("jpeg", {})).toEqual({ quality: 80, progressive: false, mozjpeg: false });
    expect(encoderOptions("webp", {})).toEqual({ quality: 80, lossless: false, effort: 4 });
    expect(encoderOptions("avif", {})).toEqual({
      quality: 60,
      lossless: false,
      effort: 2,
      chromaSubsampling: "4:2:0",
    });
    expect(encoderOptions("png", {})).toEqual({ compressionLevel: 6 });
    expect(encoderOptions("gif", {})).toEqual({ effort: 7 });
    expect(encoderOptions("tiff", {})).toEqual({ compression: "deflate", predictor: "horizontal" });
  });

  test("never asks AVIF for more than 4", () => {
    const efforts = [0, 1, 2, 3, 4, 5, 6].map(
      (effort) => encoderOptions("avif", { effort }).effort ?? Infinity,
    );
    expect(Math.max(...efforts)).toBe(4);
  });

  test("takes more effort for more", () => {
    for (const format of ["png", "webp", "gif"] as const) {
      const efforts = [0, 1, 2, 3, 4, 5, 6].map((effort) =>
        Object.values(encoderOptions(format, { effort })).findLast(Number.isInteger),
      );
      expect(efforts).toEqual([...new Set(efforts)]);
    }
  });

  test("loses something only when a quality asks for it", () => {
    expect(encoderOptions("png", { quality: 60 })).toMatchObject({ palette: true, quality: 60 });
    expect(encoderOptions("png", { quality: 100 })).not.toHaveProperty("palette");
    expect(encoderOptions("png", { quality: 60, lossless: true })).not.toHaveProperty("palette");
    expect(encoderOptions("gif", { quality: 50 })).toMatchObject({ colours: 128 });
    expect(encoderOptions("tiff", { quality: 50 })).toEqual({ compression: "jpeg", quality: 50 });
  });

  test("keeps the alpha of a TIFF, for which JPEG has no room", () => {
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
