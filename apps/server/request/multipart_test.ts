import { expect, test } from "bun:test";
import { multipartParts } from "./multipart.ts";

const OPTIONS = { maxFiles: 10, maxFields: 10, maxFieldBytes: 100, maxBytes: 10_000, onProgress: () => {} };

/** Returns the parts of a form with one field of `letters` letters. */
async function fieldsOf(letters: number, disposition = '; name="tag"'): Promise<readonly string[]> {
  const header = `content-disposition: form-data${disposition}`;
  const lines = ["--b", header, "", "x".repeat(letters), "--b--", ""];
  const body = new Blob([lines.join("\r\n")]).stream();
  const found: string[] = [];
  for await (const part of multipartParts("multipart/form-data; boundary=b", body, OPTIONS)) {
    found.push(part.kind === "field" ? part.value : `file "${part.name}"`);
    if (part.kind === "file") part.skip();
  }
  return found;
}

test("multipartParts() refuses a field that is too long, rather than cut it off", async () => {
  expect(await fieldsOf(99)).toEqual(["x".repeat(99)]);
  await expect(fieldsOf(101)).rejects.toMatchObject({
    code: "invalid_request",
    message: 'Cannot read the form: field "tag" is too long',
  });
});

test.each(["", '; name=""'])("multipartParts() refuses a field without a name: %p", async (disposition) => {
  await expect(fieldsOf(1, disposition)).rejects.toMatchObject({
    code: "invalid_request",
    message: "Cannot read the form: a field has no name",
  });
});

test("multipartParts() takes a file without a name", async () => {
  expect(await fieldsOf(1, '; filename="a.png"')).toEqual(['file ""']);
});

test("multipartParts() takes a part with the media type of a file as one, without a file name", async () => {
  const kinds = [
    "image/jpeg",
    "IMAGE/PNG",
    "application/pdf",
    "text/plain; charset=utf-8",
    "application/json",
  ];
  const partOf = (type: string) => fieldsOf(1, `; name="part"\r\ncontent-type: ${type}`);
  const file = ['file "part"'];
  expect(await Promise.all(kinds.map(partOf))).toEqual([file, file, file, ["x"], ["x"]]);
});
