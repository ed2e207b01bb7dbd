import { expect, test } from "bun:test";
import { imageIdOfKey, isSameContent, newBlobKey, ownerTagOfKey } from "../blob/blob_store.ts";
import { newImageId } from "../image/image_id.ts";
import { ownerTag, TAG_CHARACTERS } from "./owner_tag.ts";

const DIGEST = "ab".repeat(32);

test("ownerTag() is empty for the first owner, and differs between the others", () => {
  expect(ownerTag("")).toBe("");
  const tags = Array.from({ length: 1_000 }, (_, index) => ownerTag(`owner ${index}`));
  expect(new Set(tags).size).toBe(tags.length);
  for (const tag of tags) expect(tag).toMatch(/^t[0-9a-f]{11}$/);
  expect(tags[0]).toHaveLength(TAG_CHARACTERS);
});

test("newBlobKey() ends with the tag of its owner, and the first owner's keys do not change", () => {
  const id = newImageId(1_700_000_000_000);
  expect(newBlobKey(DIGEST, { id })).toBe(`${DIGEST}-${id}`);
  expect(newBlobKey(DIGEST, { id, owner: "one" })).toBe(`${DIGEST}-${id}-${ownerTag("one")}`);
  for (const owner of ["", "one"]) {
    const key = newBlobKey(DIGEST, { id, owner });
    expect([imageIdOfKey(key), ownerTagOfKey(key)]).toEqual([id, ownerTag(owner)]);
    expect(isSameContent(key, newBlobKey(DIGEST, { owner }))).toBe(true);
    expect(isSameContent(key, newBlobKey(DIGEST, { owner: "two" }))).toBe(false);
    expect(isSameContent(key, newBlobKey("cd".repeat(32), { owner }))).toBe(false);
  }
});
