import type { Bomb } from "./testing_bomb.ts";
import { pngOf } from "./testing_png_bombs.ts";

const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';

/** Returns an SVG with the given content. */
function svgOf(content: string, side = 2_000): Buffer {
  return Buffer.from(`<svg ${NAMESPACES} width="${side}" height="${side}">${content}</svg>`);
}

function svgBomb(name: string, make: () => Buffer, met: Bomb["met"] = "limit"): Bomb {
  return { name: `SVG ${name}`, met, make };
}

function longSvgBomb(name: string, make: () => Buffer): Bomb {
  return { ...svgBomb(name, make), isLong: true };
}

/** Each group uses the previous one ten times. */
function uses(depth: number): string {
  const groups = Array.from(
    { length: depth },
    (_, level) => `<g id="g${level + 1}">${`<use xlink:href="#g${level}"/>`.repeat(10)}</g>`,
  );
  return `<defs><rect id="g0" width="9" height="9"/>${groups.join("")}</defs><use xlink:href="#g${depth}"/>`;
}

/** Each pattern is filled with the previous one, in tiles of one pixel. */
function patterns(depth: number): string {
  const each = Array.from({ length: depth }, (_, level) => {
    const fill = level === 0 ? "red" : `url(#p${level - 1})`;
    return `<pattern id="p${level}" width="1" height="1" patternUnits="userSpaceOnUse"><rect width="2000" height="2000" fill="${fill}"/></pattern>`;
  });
  return `<defs>${each.join("")}</defs><rect width="2000" height="2000" fill="url(#p${depth - 1})"/>`;
}

function filtered(effects: string): string {
  return `<filter id="f" x="0" y="0" width="1" height="1">${effects}</filter><rect width="2000" height="2000" fill="red" filter="url(#f)"/>`;
}

function entities(depth: number): Buffer {
  const each = Array.from(
    { length: depth },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  );
  const type = `<!DOCTYPE svg [<!ENTITY e0 "<rect width='9' height='9'/>">${each.join("")}]>`;
  return Buffer.from(`${type}<svg ${NAMESPACES} width="10" height="10">&e${depth};</svg>`);
}

/** Nested SVGs: each contains the next one three times. */
function russianDolls(depth: number): Buffer {
  return depth === 0
    ? svgOf('<rect width="9" height="9"/>')
    : svgOf(embedded(russianDolls(depth - 1), "svg+xml").repeat(3));
}

function embedded(picture: Buffer, type: "png" | "svg+xml"): string {
  return `<image width="2000" height="2000" xlink:href="data:image/${type};base64,${picture.toString("base64")}"/>`;
}

/** Returns lines across the picture with very fine dashes. */
function dashes(count: number): string {
  const points = Array.from(
    { length: count },
    (_, at) => `${(at * 7_919) % 2_000},${(at * 104_729) % 2_000}`,
  );
  return `<path fill="none" stroke="red" stroke-dasharray=".01" d="M0,0L${points.join("L")}"/>`;
}

export const SVG_BOMBS: readonly Bomb[] = [
  svgBomb("of 60,000 groups within each other", () => svgOf("<g>".repeat(60_000) + "</g>".repeat(60_000))),
  svgBomb("that uses 10^9 rectangles", () => svgOf(uses(9)), "header"),
  svgBomb("that uses itself", () => svgOf('<g id="a"><use xlink:href="#a"/></g>'), "harmless"),
  svgBomb("of 8 patterns within each other", () => svgOf(patterns(8)), "harmless"),
  longSvgBomb("of 60 noises", () =>
    svgOf(filtered('<feTurbulence baseFrequency=".9" numOctaves="9"/>'.repeat(60))),
  ),
  svgBomb("of 300 blurs", () => svgOf(filtered('<feGaussianBlur stdDeviation="90"/>'.repeat(300)))),
  longSvgBomb("of 30 wide morphologies", () =>
    svgOf(filtered('<feMorphology operator="dilate" radius="900"/>'.repeat(30))),
  ),
  svgBomb(
    "with a PNG of 100 megapixels in it",
    () => svgOf(embedded(pngOf(10_000, 10_000), "png")),
    "header",
  ),
  longSvgBomb("of SVGs within each other", () => russianDolls(5)),
  svgBomb("of 10^9 entities", () => entities(9)),
  longSvgBomb("of 20,000 lines of fine dashes", () => svgOf(dashes(20_000))),
  svgBomb("that is a million pixels wide", () => svgOf('<rect width="9" height="9"/>', 1_000_000), "header"),
  svgBomb("of two megabytes", () => svgOf(" ".repeat(2_000_000)), "header"),
];
