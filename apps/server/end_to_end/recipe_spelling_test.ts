import { describe, expect, test } from "bun:test";
import { ProgImage } from "@progimage/client";
import { formatUrlRecipe, loadPlugins, newImageId, parseUrlRecipe } from "@progimage/core";
import fc from "fast-check";
import { BUILT_IN } from "../compose/plugin_modules.ts";

const registry = await loadPlugins(BUILT_IN);
const image = new ProgImage({ baseUrl: "https://example.com" }).image(newImageId(0));
const plain = parseUrlRecipe("text=a", registry).steps[0]?.params;
/** Texts in any script, and of characters with a meaning in the grammar. */
const texts = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(..."~\\,:{}\"'&=+%#?;", "size:", "é", "漢", " "), maxLength: 20 }),
  )
  .filter((text) => text.isWellFormed() && !text.includes("\0"));

describe("the client's spelling of a recipe", () => {
  test("transfers any text to the server, without injecting a parameter", () => {
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

  test("is the canonical one of the server and the documentation", () => {
    const { id } = image;
    const table: readonly (readonly [url: string, made: typeof image])[] = [
      [`${id}.jpg?thumbnail=320x240`, image.thumbnail({ width: 320, height: 240 }).jpeg()],
      [`${id}.webp?resize=300x,fit:cover&rotate=90`, image.resize({ width: 300, fit: "cover" }).rotate(90).webp()],
      [`${id}?rotate=auto&blur=4&mask=circle,invert`, image.rotate("auto").blur(4).mask("circle", { invert: true })],
      [`${id}?watermark=${id},scale:0.2`, image.watermark({ image: id, scale: 0.2 })],
      [`${id}?text=it%27s%20~%20{a}`.replace(/[{}]/g, encodeURIComponent), image.text("it's ~ {a}")],
      [`${id}?text=~YSxi,size:20`, image.text("a,b", { size: 20 })],
      [`${id}.avif?sepia&compress=60`, image.sepia().avif({ quality: 60 })],
    ]; // prettier-ignore
    for (const [url, made] of table) {
      expect(made.url()).toBe(`https://example.com/images/${url}`);
      const query = new URL(made.url()).search.slice(1);
      expect(formatUrlRecipe(parseUrlRecipe(query, registry), registry)).toBe(query);
    }
  });
});
