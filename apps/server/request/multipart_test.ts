import { expect, test } from "bun:test";
import { multipartParts } from "./multipart.ts";

const OPTIONS = { maxFiles: 10, maxFields: 10, maxFieldBytes: 100, maxBytes: 10_000, onProgress: () => {} };

/** Returns the fields of a form with one field of so many letters. */
async function fieldsOf(letters: number): Promise<readonly string[]> {
  const lines = ["--b", 'content-disposition: form-data; name="tag"', "", "x".repeat(letters), "--b--", ""];
  const body = new Blob([lines.join("\r\n")]).stream();
  const parts = await Array.fromAsync(multipartParts("multipart/form-data; boundary=b", body, OPTIONS));
  return parts.map((part) => (part.kind === "field" ? part.value : "a file"));
}

test("multipartParts() refuses a field that is too long, rather than cut it off", async () => {
  expect(await fieldsOf(99)).toEqual(["x".repeat(99)]);
  await expect(fieldsOf(101)).rejects.toMatchObject({
    code: "invalid_request",
    message: 'Cannot read the form: field "tag" is too long',
  });
});
