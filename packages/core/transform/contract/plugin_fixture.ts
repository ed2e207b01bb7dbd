import { boolean, box, choice, color, image, integer, length, number, text } from "./param.ts";
import { definePlugin } from "./plugin.ts";
import { createRegistry } from "./registry.ts";
import { defineTransform } from "./transform.ts";

/** A transform with a parameter of each kind, none of which has an effect. */
const everything = defineTransform({
  name: "everything",
  version: 3,
  summary: "Has a parameter of each kind",
  params: {
    amount: number({ min: 0, max: 1, default: 1, summary: "How much" }),
    width: integer({ min: 1, max: 100, optional: true }),
    height: integer({ min: 1, max: 100, optional: true }),
    invert: boolean({ default: false }),
    shape: choice(["circle", "square"], { default: "circle" }),
    background: color({ default: "ffffff" }),
    label: text({ maxLength: 300, optional: true }),
    mask: image({ optional: true }),
    indent: length({ min: -50, max: 100, optional: true }),
  },
  shorthand: box(),
  stage: [],
  frames: "all",
  apply: (picture) => picture,
});

const turn = defineTransform({
  name: "turn",
  version: 1,
  summary: "Turns to the right",
  params: {},
  stage: "quarterTurn",
  size: ({ width, height }) => ({ width: height, height: width }),
  apply: (picture) => picture.rotate(90),
});

const mirror = defineTransform({
  name: "mirror",
  version: 1,
  summary: "Mirrors top and bottom",
  params: {},
  stage: "flip",
  apply: (picture) => picture.flip(),
});

const scale = defineTransform({
  name: "scale",
  version: 1,
  summary: "Multiplies both sides",
  params: { by: number({ min: 0.01, max: 100 }) },
  shorthand: "by",
  stage: "scale",
  frames: "all",
  size: ({ width, height }, { by }) => ({ width: Math.ceil(width * by), height: Math.ceil(height * by) }),
  apply: (picture, _wish, { output }) => picture.resize(output.width, output.height, { fit: "fill" }),
});

const grey = defineTransform({
  name: "grey",
  version: 1,
  summary: "Takes the colours away",
  params: {},
  stage: "greyscale",
  frames: "all",
  apply: (picture) => picture.greyscale(),
});

const soften = defineTransform({
  name: "soften",
  version: 1,
  summary: "Blurs",
  params: {},
  stage: "blur",
  apply: (picture) => picture.blur(2),
});

/** A transform whose size is known only afterwards, and whose calls are not declared. */
const halve = defineTransform({
  name: "halve",
  version: 1,
  summary: "Cuts the right half off",
  params: {},
  size: () => "unknown",
  apply: (picture, _wish, { input }) =>
    picture.extract({ left: 0, top: 0, width: Math.ceil(input.width / 2), height: input.height }),
});

const fail = defineTransform({
  name: "fail",
  version: 1,
  summary: "Throws",
  params: {},
  apply: () => {
    throw new Error("a secret of the plugin");
  },
});

const encode = defineTransform({
  name: "encode",
  version: 1,
  summary: "Sets the quality",
  params: { quality: integer({ min: 1, max: 100 }) },
  shorthand: "quality",
  stage: "output",
  encode: (settings, { quality }) => ({ ...settings, quality }),
});

/** Puts another image unchanged on the upper left corner. */
const stamp = defineTransform({
  name: "stamp",
  version: 1,
  summary: "Lays an image on the image",
  params: { image: image() },
  shorthand: "image",
  apply: async (picture, _wish, { images }) => {
    const input = await images["image"]?.open().png().toBuffer();
    return input ? picture.composite([{ input, gravity: "northwest" }]) : picture;
  },
});

/** A transform with a text as its shorthand. */
const note = defineTransform({
  name: "note",
  version: 1,
  summary: "Takes a text",
  params: { text: text() },
  shorthand: "text",
  stage: [],
  frames: "all",
  apply: (picture) => picture,
});

/** A transform with a box of which both sides are required. */
const square = defineTransform({
  name: "square",
  version: 1,
  summary: "Takes a box",
  params: { width: length({ min: 1, max: 100 }), height: length({ min: 1, max: 100 }) },
  shorthand: box(),
  stage: [],
  frames: "all",
  apply: (picture) => picture,
});

/** Transforms that use every part of the contract, for the tests of this package. */
export const pluginFixture = definePlugin({
  name: "@progimage/fixture",
  transforms: [encode, everything, fail, grey, halve, mirror, note, scale, soften, square, stamp, turn],
});

/** A registry of {@linkcode pluginFixture} alone. */
export const registryFixture = createRegistry([pluginFixture]);
