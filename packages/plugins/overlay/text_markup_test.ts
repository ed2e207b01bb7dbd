import { describe, expect, test } from "bun:test";
import { cleanText, graphemesOf, textMarkup } from "./text_markup.ts";

describe("cleanText()", () => {
  test("knows every kind of line break", () => {
    expect(cleanText("a\r\nb\rc\u2028d\u2029e\u0085f\vg\fh")).toBe("a\nb\nc\nd\ne\nf\ng\nh");
  });

  test("drops controls, and empty lines at both ends", () => {
    expect(cleanText("\u0001\n \n  a\u007f\u009f b \n\n")).toBe("  a b");
  });

  test("keeps a few accents on a letter and drops the rest", () => {
    expect(cleanText(`a${"\u0301".repeat(500)}b`)).toBe(`a${"\u0301".repeat(8)}b`);
  });

  test.each(["", " \n\t", "\u200b\u200e\u2060", "\u0002"])("is null for %j", (text) => {
    expect(cleanText(text)).toBeNull();
  });
});

describe("textMarkup()", () => {
  const isolated = (line: string) => `\u200e\u2068${line}\u2069`;

  test("escapes markup of Pango", () => {
    expect(textMarkup("<b>&amp;</b>")).toBe(isolated("&lt;b&gt;&amp;amp;&lt;/b&gt;"));
  });

  test("gives each line its own direction", () => {
    expect(textMarkup("a\nא")).toBe(`${isolated("a")}\n${isolated("א")}`);
  });

  test("gives emoji, sequences and keycaps the emoji font, but not digits", () => {
    const emoji = (text: string) => `<span font_family="Noto Color Emoji">${text}</span>`;
    expect(textMarkup("1 1️⃣ 👩🏽‍🚀")).toBe(isolated(`1 ${emoji("1️⃣")} ${emoji("👩🏽‍🚀")}`));
  });
});

test("graphemesOf() does not split a character", () => {
  expect(graphemesOf("e\u0301👨‍👩‍👧x")).toEqual(["e\u0301", "👨‍👩‍👧", "x"]);
});
