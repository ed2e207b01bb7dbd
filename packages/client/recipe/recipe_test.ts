import { describe, expect, test } from "bun:test";
import { ProgImage, recipe } from "../mod.ts";
import { referToImages } from "./recipe.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";
const client = new ProgImage({ baseUrl: "https://example.com" });

describe("recipe", () => {
  test("is JSON as the server reads it, in order, with the encoding last", () => {
    const made = recipe()
      .webp({ quality: 60 })
      .thumbnail({ width: 320, height: 240, gravity: undefined })
      .rotate(90)
      .compress({ effort: 2 });
    expect(JSON.parse(JSON.stringify(made))).toEqual({
      steps: [
        { transform: "thumbnail", width: 320, height: 240 },
        { transform: "rotate", angle: 90 },
        { transform: "compress", quality: 60, effort: 2 },
      ],
      format: "webp",
    });
    expect(recipe().toJSON()).toEqual({ steps: [] });
    expect(recipe().flip().preset("hero@2").toJSON()).toEqual({
      steps: [{ transform: "flip" }, { transform: "preset", name: "hero@2" }],
    });
  });

  test("is immutable: steps branch", () => {
    const base = recipe().blur(2);
    base.flip();
    base.webp({ quality: 3 });
    expect(base.toJSON()).toEqual({ steps: [{ transform: "blur", sigma: 2 }] });
  });

  test("begins images that are processed or have URLs", () => {
    const square = recipe().preset("square").grayscale().webp();
    expect(client.image(ID, square).flip().url()).toBe(
      `https://example.com/images/${ID}.webp?preset=square&grayscale&flip`,
    );
    expect(client.process(ID, square).png().toJSON()).toEqual({ ...square.toJSON(), format: "png" });
  });

  test("has presets at any place", () => {
    const made = client.image(ID).flip().preset("hero@2").webp({ quality: 3 }).preset("hero");
    expect(made.url()).toBe(
      `https://example.com/images/${ID}.webp?flip&preset=hero@2&preset=hero&compress=3`,
    );
  });

  test("refuses values that JSON cannot hold", () => {
    expect(() => recipe().blur(Number.NaN).toJSON()).toThrow(/^Cannot send sigma of blur: NaN /);
  });
});

describe("referToImages", () => {
  const refer = (source: unknown) => `<${typeof source}>`;

  test("names images at any place, and texts of parameters that take an image", () => {
    const params = { image: "a.png", text: "a.png", other: new Blob(), size: 3, is: true, none: null };
    const steps = ["mask", "acme", "constructor"].map((transform) => ({ transform, params }));
    const kept = { text: "a.png", other: "<object>", size: 3, is: true, none: null };
    expect(referToImages({ steps, format: "webp" }, refer)).toEqual({
      format: "webp",
      steps: [
        { transform: "mask", params: { ...kept, image: "<string>" } },
        { transform: "acme", params: { ...kept, image: "a.png" } },
        { transform: "constructor", params: { ...kept, image: "a.png" } },
      ],
    });
  });
});
