import { describe, expect, test } from "bun:test";
import { type Color, type Gravity, ProgImage, recipe } from "../mod.ts";

const ID = "0197f3a0-1b2c-7d3e-8f40-123456789abc";

const image = new ProgImage({ baseUrl: "https://example.com" }).image(ID);

describe("methods take", () => {
  const steps: readonly (readonly [query: string, url: string])[] = [
    ["blur", image.blur().url()],
    ["blur=4", image.blur(4).url()],
    ["blur=4", image.blur({ sigma: 4 }).url()],
    ["rotate=45,background:fff", image.rotate(45, { background: "fff" }).url()],
    ["rotate=45,background:fff", image.rotate({ angle: 45, background: "fff" }).url()],
    ["rotate=auto", image.rotate("auto").url()],
    ["mask=circle,feather:2", image.mask("circle", { feather: 2 }).url()],
    ["mask=circle", image.mask({ shape: "circle" }).url()],
    [`mask=image:${ID}`, image.mask({ image: ID }).url()],
    [`mask=image:${ID}`, image.mask({ image: { id: ID } }).url()],
    [`watermark=${ID},scale:0.2`, image.watermark({ image: ID, scale: 0.2 }).url()],
    ["text=a%20b,size:20", image.text("a b", { size: 20 }).url()],
    ["tint=gold", image.tint("gold").url()],
    ["trim", image.trim().url()],
    ["trim=background:fff", image.trim(undefined, { background: "fff" }).url()],
    ["thumbnail=3x2&grayscale&negate", image.thumbnail({ width: 3, height: 2 }).grayscale().negate().url()], // prettier-ignore
  ];
  for (const [query, url] of steps) {
    test(query, () => expect(url).toBe(`https://example.com/images/${ID}?${query}`));
  }
});

test("methods are typed by what the transforms declare", () => {
  const wrong = [
    // @ts-expect-error it needs an amount
    () => image.brightness(),
    // @ts-expect-error it needs a box
    () => image.thumbnail(),
    // @ts-expect-error it needs an image
    () => image.watermark({}),
    // @ts-expect-error there is no such shape
    () => image.mask("hexagon"),
    // @ts-expect-error there is no such parameter
    () => image.blur({ sigmaa: 2 }),
    // @ts-expect-error an image, not a number
    () => image.mask({ image: 3 }),
    // @ts-expect-error URLs name stored images
    () => image.mask({ image: new Blob() }).url(),
    // @ts-expect-error also by apply
    () => image.apply("watermark", { image: new URL("https://example.com/a.png") }).url(),
  ];
  for (const make of wrong.slice(-2))
    expect(make).toThrow(/^Cannot write a URL with an image that is not stored/);
  const color: Color = "gold";
  const gravities: readonly Gravity[] = ["focal", "attention", "north"];
  recipe().mask({ image: new Blob(), background: color }).apply("watermark", { image: new Uint8Array() });
  expect([wrong.length, gravities.length]).toEqual([8, 3]);
});
