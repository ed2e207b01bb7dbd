import { describe, expect, test } from "bun:test";
import { testFolder } from "@progimage/core/testing";
import { join } from "node:path";
import sharp from "sharp";
import { boundsOf, type JsonStep, type Pixel, pixelAt, render } from "./testing_render.ts";

const WIDTH = 320;
const HEIGHT = 200;
const BLUE: Pixel = [0, 0, 160, 255];

const isInk = ([red]: Pixel) => red > 100;
const isRed = ([red, green]: Pixel) => red > 200 && green < 60;

async function plain(width: number, height: number): Promise<Buffer> {
  const background = { r: BLUE[0], g: BLUE[1], b: BLUE[2] };
  return await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

const picture = await plain(WIDTH, HEIGHT);

async function write(text: string, step: Omit<JsonStep, "transform"> = {}) {
  return await render(picture, { transform: "text", text, size: 40, ...step });
}

async function inkOf(text: string, step: Omit<JsonStep, "transform"> = {}) {
  const bounds = boundsOf(await write(text, step), isInk);
  if (!bounds) throw new Error("Cannot find ink as there is none");
  const [left, top, width, height] = bounds;
  return { left, top, width, height, right: left + width, bottom: top + height };
}

describe("text lies", () => {
  const box = { size: 30, box: true, boxColor: "ff0000", color: "ff0000", padding: 10, x: 7, y: 5 };
  const corners: readonly (readonly [gravity: string, horizontal: string, vertical: string])[] = [
    ["northwest", "left", "top"],
    ["north", "middle", "top"],
    ["northeast", "right", "top"],
    ["west", "left", "middle"],
    ["center", "middle", "middle"],
    ["east", "right", "middle"],
    ["southwest", "left", "bottom"],
    ["south", "middle", "bottom"],
    ["southeast", "right", "bottom"],
  ];

  test.each(corners)("at %s, offsets counted inward", async (gravity, horizontal, vertical) => {
    const [left = 0, top = 0, width = 0, height = 0] =
      boundsOf(await write("Hag", { ...box, gravity }), isRed) ?? [];
    const columns = { left: 7, middle: Math.round((WIDTH - width) / 2) + 7, right: WIDTH - 7 - width };
    const rows = { top: 5, middle: Math.round((HEIGHT - height) / 2) + 5, bottom: HEIGHT - 5 - height };
    expect({ left, top }).toEqual({
      left: columns[horizontal as keyof typeof columns],
      top: rows[vertical as keyof typeof rows],
    });
    // The distance from the height of capitals to the depth of descenders is about one size.
    expect(Math.abs(height - (30 + 2 * 10))).toBeLessThanOrEqual(2);
  });

  test("in the middle of its box", async () => {
    const pixels = await write("Hxg", {
      box: true,
      boxColor: "ff0000",
      color: "ffffff",
      padding: 12,
      gravity: "center",
    });
    const [left = 0, top = 0, width = 0, height = 0] = boundsOf(pixels, ([red]) => red > 150) ?? [];
    const ink = boundsOf(pixels, ([, green]) => green > 100) ?? [0, 0, 0, 0];
    expect(Math.abs(ink[0] - left - 12)).toBeLessThanOrEqual(1);
    expect(Math.abs(left + width - ink[0] - ink[2] - 12)).toBeLessThanOrEqual(1);
    expect(Math.abs(ink[1] - top - (top + height - ink[1] - ink[3]))).toBeLessThanOrEqual(4);
  });

  test("on one baseline regardless of its letters", async () => {
    const [plainInk, accents, descenders] = await Promise.all([inkOf("ace"), inkOf("Åce"), inkOf("agj")]);
    expect(accents.bottom).toBe(plainInk.bottom);
    expect(accents.top).toBeLessThan(plainInk.top);
    expect(descenders.bottom).toBeGreaterThan(plainInk.bottom);
  });

  test("turned by a quarter, with its sides exchanged", async () => {
    const [upright, turned] = await Promise.all([
      inkOf("Hamburg", { gravity: "center", size: 30 }),
      inkOf("Hamburg", { gravity: "center", size: 30, angle: 90 }),
    ]);
    expect([turned.height, turned.width]).toEqual([upright.width, upright.height]);
  });

  test("outside, and nothing changes", async () => {
    expect(boundsOf(await write("Hag", { y: -400 }), isInk)).toBeNull();
  });
});

describe("text is set", () => {
  test("in the size of its font: capitals of Noto Sans are 0.714 high", async () => {
    expect(Math.abs((await inkOf("H", { size: 100 })).height - 71.4)).toBeLessThanOrEqual(1);
  });

  test("in lines one line height apart", async () => {
    const [one, two] = await Promise.all([
      inkOf("H", { lineHeight: 1.5 }),
      inkOf("H\nH", { lineHeight: 1.5 }),
    ]);
    expect(Math.abs(two.height - one.height - 60)).toBeLessThanOrEqual(1);
  });

  test("in lines that are equally far apart but for a pixel, with Arabic and emoji among them", async () => {
    const [latin, mixed] = await Promise.all([
      inkOf("H\nH\nH\nH", { size: 20 }),
      inkOf("H\nسلام\n😀\nH", { size: 20 }),
    ]);
    expect(Math.abs(mixed.height - latin.height)).toBeLessThanOrEqual(3);
  });

  test("wrapped at the width", async () => {
    const [line, wrapped] = await Promise.all([
      inkOf("one two three", { size: 24 }),
      inkOf("one two three", { size: 24, width: 70 }),
    ]);
    expect(line.width).toBeGreaterThan(100);
    expect(wrapped.width).toBeLessThanOrEqual(70);
    expect(wrapped.height).toBeGreaterThan(line.height * 2);
  });

  test("wrapped at the picture's edges, even within a word", async () => {
    const ink = await inkOf("W".repeat(20));
    expect(ink.height).toBeGreaterThan(2 * 40);
    expect(ink.left).toBeGreaterThanOrEqual(10);
    expect(ink.right).toBeLessThanOrEqual(WIDTH - 10);
  });

  const alignments: readonly (readonly [align: string, text: string, share: number])[] = [
    ["left", "HHHHHH\nH", 0],
    ["center", "HHHHHH\nH", 0.5],
    ["right", "HHHHHH\nH", 1],
    ["left", "שששששש\nש", 0],
    ["right", "שששששש\nש", 1],
  ];

  test.each(alignments)("%s: %p", async (align, text, share) => {
    const pixels = await write(text, { align, gravity: "north", size: 30 });
    const all = boundsOf(pixels, isInk) ?? [0, 0, 0, 0];
    const lower = { ...pixels, height: pixels.height - 50, data: pixels.data.subarray(50 * WIDTH * 4) };
    const last = boundsOf(lower, isInk) ?? [0, 0, 0, 0];
    const found = (last[0] - all[0]) / (all[2] - last[2]);
    expect(Math.abs(found - share)).toBeLessThan(0.03);
  });

  test("in three fonts and two weights, all different", async () => {
    const looks = ["sans", "serif", "mono"].flatMap((font) =>
      ["regular", "bold"].map((weight) => ({ font, weight })),
    );
    const found = await Promise.all(looks.map(async (look) => Bun.hash((await write("Rag", look)).data)));
    expect(new Set(found).size).toBe(6);
  });
});

describe("text draws", () => {
  test("Hebrew from right to left: the first letter is the rightmost", async () => {
    const east = { gravity: "east", size: 60 };
    const [word, first, last] = await Promise.all([write("אל", east), write("א", east), write("ל", east)]);
    const [left = 0, , width = 0] = boundsOf(first, isInk) ?? [];
    let [unlikeFirst, unlikeLast] = [0, 0];
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = left; x < left + width; x++) {
        unlikeFirst += Math.abs(pixelAt(word, x, y)[0] - pixelAt(first, x, y)[0]) > 60 ? 1 : 0;
        unlikeLast += Math.abs(pixelAt(word, x, y)[0] - pixelAt(last, x, y)[0]) > 60 ? 1 : 0;
      }
    }
    expect(unlikeFirst * 4).toBeLessThan(unlikeLast);
  });

  test("Arabic letters joined, and apart where a non-joiner stands between", async () => {
    const gaps = async (text: string) => {
      const pixels = await write(text, { size: 60 });
      const [left, top, width, height] = boundsOf(pixels, isInk) ?? [0, 0, 0, 0];
      const columns = Array.from({ length: width }, (_, x) => left + x);
      return columns.filter((x) =>
        Array.from({ length: height }, (_, y) => top + y).every((y) => !isInk(pixelAt(pixels, x, y))),
      ).length;
    };
    expect(await gaps("سسس")).toBe(0);
    expect(await gaps("س\u200cس\u200cس")).toBeGreaterThan(0);
  });

  test("emoji in their own colours, sequences and keycaps as one", async () => {
    const yellow = boundsOf(await write("😀"), ([red, green, blue]) => red > 200 && green > 150 && blue < 90);
    expect(yellow?.[2]).toBeGreaterThan(35);
    const [family, man, keycap] = await Promise.all([inkOf("👨‍👩‍👧"), inkOf("👨"), inkOf("1️⃣")]);
    expect(Math.abs(family.width - man.width)).toBeLessThan(15);
    expect(keycap.width).toBeLessThan(56);
  });

  const glyphs = [..."éΩЖשم★✓→€😀½ไএழქԱअ"];

  test.each(glyphs)("%s with a glyph", async (glyph) => {
    const ink = boundsOf(await write(glyph, { size: 80 }), isInk) ?? [0, 0, 0, 0];
    expect(ink[2]).toBeGreaterThan(5);
  });

  test("markup as it is written", async () => {
    const text = "<span foreground='red'>x</span>";
    const pixels = await write(text, { size: 20 });
    expect(boundsOf(pixels, isRed)).toBeNull();
    expect((await inkOf(text, { size: 14 })).width).toBeGreaterThan(150);
    expect((await inkOf("&amp;")).width).toBeGreaterThan((await inkOf("&")).width * 3);
  });

  test.each(["", " ", "\n\n \t", "\u200b\u2060", "\u0001\u009f", "\u202e\u2066"])(
    "nothing for %j, not even the box",
    async (text) => {
      const { data } = await write(text, { box: true, outline: 5 });
      expect(
        boundsOf({ data, width: WIDTH, height: HEIGHT }, (pixel) => pixel.join() !== BLUE.join()),
      ).toBeNull();
    },
  );

  test("an outline around the letters, and the letters as before", async () => {
    const [without, outlined] = await Promise.all([
      inkOf("H", { size: 80, gravity: "center" }),
      write("H", { size: 80, gravity: "center", outline: 6, outlineColor: "ff0000" }),
    ]);
    const [left, top, width, height] = boundsOf(outlined, isRed) ?? [0, 0, 0, 0];
    expect(Math.abs(without.left - left - 6)).toBeLessThanOrEqual(1);
    expect(Math.abs(without.top - top - 6)).toBeLessThanOrEqual(1);
    expect(Math.abs(width - without.width - 12)).toBeLessThanOrEqual(2);
    expect(Math.abs(height - without.height - 12)).toBeLessThanOrEqual(2);
    const letters = boundsOf(outlined, ([, green]) => green > 100) ?? [0, 0, 0, 0];
    expect(letters).toEqual([without.left, without.top, without.width, without.height]);
    // The corners are round.
    expect(pixelAt(outlined, left, top)).toEqual(BLUE);
  });

  test("everything at its opacity, by Porter and Duff", async () => {
    const step = { box: true, boxColor: "ff000080", padding: 20, opacity: 0.5, gravity: "northwest" };
    const [red, green, blue] = pixelAt(await write("H", step), 3, 3);
    const cover = (128 / 255) * 0.5;
    expect(Math.abs(red - 255 * cover)).toBeLessThanOrEqual(2);
    expect(green).toBe(0);
    expect(Math.abs(blue - 160 * (1 - cover))).toBeLessThanOrEqual(2);
  });

  test("half transparent letters without their outline behind them", async () => {
    const step = {
      size: 120,
      weight: "bold",
      color: "ffffff80",
      outline: 4,
      outlineColor: "000000",
      gravity: "center",
    };
    const ink = await inkOf("I", { ...step, outline: 0, color: "ffffff" });
    const [red, , blue] = pixelAt(await write("I", step), ink.left + Math.floor(ink.width / 2), HEIGHT / 2);
    expect(Math.abs(red - 128)).toBeLessThanOrEqual(2);
    expect(Math.abs(blue - (128 + 160 * (127 / 255)))).toBeLessThanOrEqual(2);
  });
});

test("text refuses characters that no font has, instead of drawing boxes", async () => {
  const refused = write("A\ue000");
  await expect(refused).rejects.toMatchObject({ code: "invalid_parameter" });
  await expect(refused).rejects.toThrow(
    "they are missing for U+E000; fonts are added by PROGIMAGE_FONTS_DIR",
  );
});

describe("text survives", () => {
  const texts: readonly (readonly [label: string, text: string])[] = [
    ["a word of 1000 letters", "W".repeat(1000)],
    ["a thousand lines", "a\n".repeat(500)],
    ["accents upon accents", `Z${"\u0301\u0316\u0337".repeat(320)}`],
    ["the widest letter there is", "﷽".repeat(300)],
    ["controls of direction", `${"\u202e\u2066\u202b\u2069".repeat(200)}abc`],
    ["many scripts", "aЖשمไএழქԱअ★😀".repeat(70)],
  ];
  const wishes: readonly Omit<JsonStep, "transform">[] = [
    { size: 1 },
    { size: 1000 },
    { size: 1000, width: 1, outline: 100, box: true, padding: 1000 },
    { size: 60, width: 16_383, lineHeight: 5, angle: 33, box: true },
  ];

  test.each(texts)("%s, in any size, on any picture", async (_label, text) => {
    for (const [width, height] of [
      [1, 1],
      [4000, 1],
      [1, 4000],
      [300, 200],
    ] as const) {
      const source = await plain(width, height);
      for (const wish of wishes) {
        const pixels = await render(source, { transform: "text", text, ...wish });
        expect(pixels).toMatchObject({ width, height });
      }
    }
  });
});

test("text needs no fonts, no configuration and no cache of the system, and says nothing of it", async () => {
  await using folder = await testFolder();
  const configuration = join(folder.path, "fonts.conf");
  const output = join(folder.path, "output");
  await Bun.write(configuration, "<fontconfig/>");
  await Bun.write(join(folder.path, "picture.png"), picture);
  const text = "Aé Ω Ж שלום سلام 😀 ★";
  const program = `
    import { render } from ${JSON.stringify(join(import.meta.dir, "testing_render.ts"))};
    const picture = await Bun.file(${JSON.stringify(join(folder.path, "picture.png"))}).bytes();
    const { data } = await render(picture, { transform: "text", text: ${JSON.stringify(text)}, size: 40 });
    await Bun.write(${JSON.stringify(output)}, data);`;
  const environment = { PATH: process.env["PATH"] ?? "", HOME: "/nowhere", XDG_CACHE_HOME: "/nowhere" };
  const expected = await write(text);
  for (const fonts of [{ FONTCONFIG_FILE: configuration }, { FONTCONFIG_PATH: "/nowhere" }]) {
    const env = { ...environment, ...fonts };
    const child = Bun.spawn([process.execPath, "-e", program], { cwd: import.meta.dir, env, stderr: "pipe" });
    expect(await new Response(child.stderr).text()).toBe("");
    expect(await child.exited).toBe(0);
    const found = { width: WIDTH, height: HEIGHT, data: Buffer.from(await Bun.file(output).bytes()) };
    // The hinting of letters depends on the configuration and moves them by fractions of a pixel.
    const side = 10;
    for (let y = 0; y < HEIGHT; y += side) {
      for (let x = 0; x < WIDTH; x += side) {
        const [one, other] = [expected, found].map((pixels) => meanOf(pixels, x, y, side)) as [
          number,
          number,
        ];
        expect(Math.abs(one - other)).toBeLessThan(90);
      }
    }
  }
});

/** Returns the mean red of a square. */
function meanOf(pixels: Parameters<typeof pixelAt>[0], left: number, top: number, side: number): number {
  let sum = 0;
  for (let index = 0; index < side * side; index++) {
    sum += pixelAt(pixels, left + (index % side), top + Math.floor(index / side))[0];
  }
  return sum / side ** 2;
}
