import { expect, test } from "bun:test";
import { negotiateFormat } from "./negotiate_format.ts";

const MODERN = "image/avif,image/webp,*/*;q=0.8";

function photo(width: number, height: number) {
  return { format: "jpeg", hasAlpha: false, pages: 1, width, height } as const;
}

test("negotiateFormat() selects AVIF up to two million pixels, and WebP for larger images", () => {
  expect(negotiateFormat(MODERN, photo(2_000, 1_000))).toBe("avif");
  expect(negotiateFormat(MODERN, photo(2_000, 1_001))).toBe("webp");
  expect(negotiateFormat("image/avif", photo(2_000, 1_001))).toBe("jpeg");
});
