import { describe, expect, test } from "bun:test";
import { ProgImage } from "@progimage/client";
import { loadPlugins, newImageId, parseUrlRecipe } from "@progimage/core";
import fc from "fast-check";
import { BUILT_IN } from "./plugin_modules.ts";

const registry = await loadPlugins(BUILT_IN);
const image = new ProgImage({ baseUrl: "https://example.com" }).image(newImageId(0));
const plain = parseUrlRecipe("text=a", registry).steps[0]?.params;
/** Any script, and texts made of what has a meaning in the grammar. */
const texts = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(..."~\\,:{}\"'&=+%#?;", "size:", "é", "漢", " "), maxLength: 20 }),
  )
  .filter((text) => text.isWellFormed() && !text.includes("\0"));

describe("the client's spelling of a recipe", () => {
  test("brings any text to the server, and no parameter by it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { search } = new URL(image.text(text, { size: 21 }).url());
        const [step, ...others] = parseUrlRecipe(search.slice(1), registry).steps;
        expect(others).toEqual([]);
        expect(step?.params).toEqual({ ...plain, text, size: 21 });
      }),
      { seed: 20_261_130, numRuns: 500 },
    );
  });
});
