import { describe, expect, test } from "bun:test";
import { suggestionFor } from "./suggestion.ts";

const KNOWN = ["resize", "rotate", "crop", "flip", "flop", "grayscale"];

describe("suggestionFor()", () => {
  test.each([
    ["resise", "resize"],
    ["rezise", "resize"],
    ["Resize", "resize"],
    ["rotat", "rotate"],
    ["corp", "crop"],
    ["grayscal", "grayscale"],
    ["greyscale", "grayscale"],
  ])("takes %s for %s", (word, meant) => expect(suggestionFor(word, KNOWN)).toBe(meant));

  test.each(["", "sepia", "x".repeat(1000), "constructor"])("has nothing for %s", (word) => {
    expect(suggestionFor(word, KNOWN)).toBeUndefined();
  });
});
