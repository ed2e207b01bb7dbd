import { expect, test } from "bun:test";
import { fontCoverage } from "./font_coverage.ts";
import { BUNDLED_FONTS } from "./fonts.ts";
import { missingScripts } from "./missing_glyphs.ts";

const bundled = (await Promise.all(BUNDLED_FONTS.map(fontCoverage))).flat();

test("missingScripts() names each script that no font has, and other characters by their code points", () => {
  expect(missingScripts("漢字 かな 한국어 ភាសា A\ue000", bundled)).toEqual([
    "Han",
    "Hiragana",
    "Hangul",
    "Khmer",
    "U+E000",
  ]);
});

test.each([
  "Zażółć gęślą jaźń, Ελληνικά, Кириллица",
  "שלום مرحبا بالعالم",
  "ไทย বাংলা தமிழ் हिन्दी ქართული Հայերեն",
  "👨‍👩‍👧 1️⃣ ★ ✓ → €\n\t\u200b\u202e",
  "Z\u0301\u0316\u0337",
])("missingScripts() finds that the bundled fonts have all of %j", (text) => {
  expect(missingScripts(text, bundled)).toEqual([]);
});

test("fontCoverage() reads the character map of each bundled font, and none of a file that is no font", async () => {
  for (const path of BUNDLED_FONTS) expect((await fontCoverage(path)).length).toBeGreaterThan(2);
  expect(await fontCoverage(import.meta.path)).toEqual([]);
  expect(await fontCoverage("/no/such/font.ttf")).toEqual([]);
});
