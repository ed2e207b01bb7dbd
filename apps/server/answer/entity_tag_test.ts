import { expect, test } from "bun:test";
import { allowsTag, matchesAnyTag } from "./entity_tag.ts";

test("allowsTag() compares strongly: a weak tag allows no change", () => {
  for (const header of [null, "*", '"a"', '"b", "a"', 'W/"a", "a"'])
    expect(allowsTag(header, '"a"')).toBe(true);
  for (const header of ["", '"b"', 'W/"a"', '"b", W/"a"', "a"]) expect(allowsTag(header, '"a"')).toBe(false);
});

test("matchesAnyTag() compares weakly: a weak tag equals a strong one", () => {
  for (const header of ["*", '"a"', 'W/"a"', '"b", W/"a"']) expect(matchesAnyTag(header, '"a"')).toBe(true);
  for (const header of [null, "", '"b"', 'W/"b"', "a"]) expect(matchesAnyTag(header, '"a"')).toBe(false);
});
