import { describe, expect, test } from "bun:test";
import { ProgImageError } from "../error.ts";
import { fromSharpError, type SharpTask } from "./sharp_error.ts";

describe("fromSharpError()", () => {
  const messages: readonly (readonly [message: string, task: SharpTask, code: string])[] = [
    ["Input file contains unsupported image format", "decode", "unsupported_media"],
    ["tiff2vips: ZSTD compression support is not configured", "decode", "unsupported_media"],
    ["heif: Unsupported feature: Unsupported codec (4.3000)", "decode", "unsupported_media"],
    ["VipsJpeg: premature end of JPEG image", "decode", "broken_image"],
    ["/data/blobs/12: bad seek to 2813", "read", "broken_image"],
    ["Input image exceeds pixel limit", "decode", "too_many_pixels"],
    ["vips_tracked: out of memory --- size == 39MB", "compute", "too_costly"],
    ["std::bad_alloc", "read", "too_costly"],
    ["VipsTarget: write error: No space left on device", "read", "storage_full"],
    ["Input file is missing: /data/blobs/12", "read", "storage_error"],
    ["VipsSource: unable to read\nunix error: Input/output error", "decode", "storage_error"],
    ["/data/tmp/1: unable to open for write\nunix error: Too many open files", "read", "storage_error"],
    [
      'Input file has corrupt header: VipsForeignLoad: file "/data/1" does not exist',
      "read",
      "storage_error",
    ],
    ["vips__seek: unable to seek\nsystem error: Input/output error", "read", "storage_error"],
    ["VipsTarget: write error: Input/output error", "compute", "storage_error"],
    ["extract_area: bad extract area", "read", "plugin_failed"],
    ["linear: vector must have 1 or 3 elements", "compute", "plugin_failed"],
  ];

  test.each(messages)("%s while in %s is %s", (message, task, code) => {
    const error = fromSharpError(new Error(message), task) as ProgImageError;
    expect(error).toMatchObject({ name: "ProgImageError", code });
    expect(error.message).not.toContain(message.split(":")[0]);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test.each([
    "gifsave_target: frame too large",
    "heifsave: unable to encode image",
    "Expected integer between 0 and 65535 for loop but received 65536 of type number",
  ])("blames neither image nor transform for %s", (message) => {
    const error = new Error(message);
    for (const task of ["decode", "read", "compute", "encode"] as const)
      expect(fromSharpError(error, task, ["sepia"])).toBe(error);
  });

  test("returns known errors unchanged", () => {
    const known = new ProgImageError("too_large", "Too large");
    expect(fromSharpError(known, "compute")).toBe(known);
  });
});
