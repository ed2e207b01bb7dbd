import { expect, test } from "bun:test";
import { ProgImageError } from "@progimage/core";
import { withCurlHint } from "./curl_hint.ts";

const FORM = "application/x-www-form-urlencoded";

const hinted = (type: string | null, failure: unknown) => {
  const headers = type === null ? [] : [["content-type", type] as [string, string]];
  return withCurlHint(new Request("http://localhost/images", { headers }), failure);
};

test("withCurlHint() explains an image that curl -d has damaged", () => {
  const cause = new Error("cause");
  for (const code of ["broken_image", "unsupported_media"] as const) {
    const failure = new ProgImageError(code, "Cannot read image", { cause, details: { limit: 1 } });
    for (const type of [FORM, `${FORM}; charset=utf-8`])
      expect(hinted(type, failure)).toMatchObject({
        code,
        cause,
        details: { limit: 1 },
        message: expect.stringMatching(/^Cannot read image; curl -d .*--data-binary @file/),
      });
  }
});

test("withCurlHint() leaves all other failures unchanged", () => {
  const broken = new ProgImageError("broken_image", "Cannot read image");
  for (const type of [null, "image/png", "multipart/form-data; boundary=b"])
    expect(hinted(type, broken)).toBe(broken);
  for (const failure of [new ProgImageError("busy", "Cannot"), new Error("broken_image"), null])
    expect(hinted(FORM, failure)).toBe(failure);
});
