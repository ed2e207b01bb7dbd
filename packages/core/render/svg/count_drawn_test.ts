import { describe, expect, test } from "bun:test";
import { countDrawn } from "./count_drawn.ts";

const MOST = 1_000_000;
const svg = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`;

/** Returns groups, each of which uses the previous one twice. */
function doubled(times: number): string {
  const groups = Array.from(
    { length: times },
    (_, index) => `<g id="a${index + 1}"><use href="#a${index}"/><use xlink:href='#a${index}' /></g>`,
  );
  return svg(`<defs><g id="a0"><rect/></g>${groups.join("")}</defs><use href="#a${times}"/>`);
}

describe("countDrawn()", () => {
  test.each([
    ["elements", svg("<g><rect/><circle/></g>"), 4],
    ["what is used once more", svg(`<g id="g"><rect/></g><use href="#g"/>`), 6],
    ["what is used before it is there", svg(`<use href="#g"/><g id="g"><rect/></g>`), 6],
    ["nothing for comments, CDATA and text", svg("<!-- <rect/> --><![CDATA[<rect/>]]>a < b"), 1],
    ["nothing for what is missing", svg(`<use href="#none"/><use href="other.svg#a"/><use/>`), 4],
    ["what uses itself only once more", svg(`<g id="g"><use href="#g"/></g>`), 5],
    ["references in character codes", svg(`<g id="g"><rect/></g><use href="&#35;&#x67;"/>`), 6],
    ["elements with a prefix", `<s:svg><s:g id="g"/><s:use href="#g"/></s:svg>`, 4],
    ["up to where a document is broken", `<svg><g><rect/><rect x="1`, 3],
  ])("counts %s", (_, text, count) => {
    expect(countDrawn(text, MOST)).toBe(count);
  });

  test("exceeds the limit for groups that double thirty times, without following them", () => {
    expect(countDrawn(doubled(3), MOST)).toBeLessThan(200);
    const startedAt = performance.now();
    expect(countDrawn(doubled(30), MOST)).toBeGreaterThan(MOST);
    expect(countDrawn(doubled(5_000), MOST)).toBeGreaterThan(MOST);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test.each([
    ["quotes that are never closed", `<a "`.repeat(250_000)],
    ["tags that are never closed", "<a ".repeat(330_000)],
    ["attributes", `<a ${"a='' ".repeat(200_000)}>`],
    ["elements within each other", "<g>".repeat(330_000)],
    ["comments that are never closed", "<!--".repeat(250_000)],
  ])("reads a megabyte of %s in linear time", (_, text) => {
    const startedAt = performance.now();
    countDrawn(text, MOST);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
