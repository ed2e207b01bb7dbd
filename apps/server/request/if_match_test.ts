import { expect, test } from "bun:test";
import { imageFixture } from "@progimage/core/testing";
import { infoValidators } from "../answer/image_json.ts";
import { checkDescriptionTag, checkEitherTag } from "./if_match.ts";

const IMAGE = imageFixture();
const RECORD = infoValidators(IMAGE).etag;
const PICTURE = `"${IMAGE.sha256}"`;
const OLD = infoValidators({ ...IMAGE, revision: IMAGE.revision + 1 }).etag;

const requestOf = (tag: string | null) =>
  new Request("http://localhost/images/a", { headers: tag === null ? {} : { "if-match": tag } });

test.each([
  [null, true, true],
  ["*", true, true],
  [RECORD, true, true],
  [`${OLD}, ${RECORD}`, true, true],
  [PICTURE, false, true],
  [OLD, false, false],
  [`W/${RECORD}`, false, false],
  ["", false, false],
])("If-Match %p allows a change: %p; a removal: %p", (tag, mayChange, mayRemove) => {
  const request = requestOf(tag);
  const failure = expect.objectContaining({ code: "precondition_failed" });
  if (mayChange) checkDescriptionTag(request, IMAGE);
  else expect(() => checkDescriptionTag(request, IMAGE)).toThrow(failure);
  if (mayRemove) checkEitherTag(request, IMAGE);
  else expect(() => checkEitherTag(request, IMAGE)).toThrow(failure);
});

test("checkDescriptionTag() tells a tag of the picture from an old one", () => {
  expect(() => checkDescriptionTag(requestOf(PICTURE), IMAGE)).toThrow("If-Match names its picture");
  expect(() => checkDescriptionTag(requestOf(OLD), IMAGE)).toThrow("it has changed since");
});
