import { expect, test } from "bun:test";
import { signedHeaders } from "./signed_headers.ts";

const NOW = 1_000_000_000_000;
const OPTIONS = { now: NOW, signedMaxAge: 3_600 };

const cases: readonly (readonly [cacheSeconds: number, secondsLeft: number | null, cacheControl: string])[] =
  [
    [31_536_000, 60, "public, max-age=60"],
    [31_536_000, 59.9, "public, max-age=59"],
    [31_536_000, 999_999, "public, max-age=3600"],
    [31_536_000, null, "public, max-age=3600"],
    [300, null, "public, max-age=300"],
    [300, 0.5, "no-cache"],
    [300, -5, "no-cache"],
    [0, null, "no-cache"],
  ];

test.each(cases)(
  "signedHeaders() makes of %p cacheable seconds with %p left %j",
  (cacheSeconds, left, cacheControl) => {
    const expiresAt = left === null ? null : NOW + left * 1000;
    const headers = signedHeaders(
      { cacheSeconds },
      { signature: { id: "a", expiresAt, bare: "/" } },
      OPTIONS,
    );
    expect(headers).toEqual({ "cache-control": cacheControl });
  },
);

test("signedHeaders() changes nothing for other callers", () => {
  expect(signedHeaders({ cacheSeconds: 300 }, {}, OPTIONS)).toEqual({});
});
