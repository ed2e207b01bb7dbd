import { loadPlugins, parseUrlRecipe } from "@progimage/core";
import { BUILT_IN } from "@progimage/server/testing";
import type { Scenario } from "../scenario.ts";
import { rounded } from "../statistics.ts";

const LENGTH = 16_384;
const MOST_MILLISECONDS = 5;

/** Patterns that keep a parser busy, repeated up to the longest length. */
const NASTY: readonly string[] = [
  "flip&",
  "&",
  "=",
  ",",
  "resize=1x1,",
  "resize=",
  "resize=width:1,height:2&",
  "blur=sigma:::::",
  "%41",
  "%",
  "+",
  "a",
  "resise=9x9&",
  'text={"text":"a,b"}&',
  'text={"a":[',
  "text=~SGVsbG8,",
  "{",
  "preset=a&",
  "watermark=image:http://a/",
  "crop=aspect:1:1:1:1,",
  "é",
  "\ud800",
  "tint=ffffff,",
  "rotate=0.00000000000001",
  "rotate=999999999999999999999999",
  "constructor&__proto__&",
];

/** The longest texts that a URL may have, each made to be slow to parse. */
export const parseRecipe: Scenario = {
  name: "parse-recipe",
  summary: `recipes of ${LENGTH} characters, each made to be slow to read`,
  async run({ runs, report }) {
    const registry = await loadPlugins(BUILT_IN);
    const texts = [
      ...NASTY,
      ...NASTY.map((text) => `blur=4&${text}`),
      ...NASTY.map((text) => `text=${text}`),
    ].map((text) => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH));
    const parse = (text: string) => {
      const startedAt = performance.now();
      try {
        parseUrlRecipe(text, registry);
      } catch (error) {
        if ((error as Error).name !== "ProgImageError") throw error;
      }
      return performance.now() - startedAt;
    };
    for (const text of texts) parse(text);
    // The best of several runs, to exclude other load of the machine.
    const times = texts.map((text) => ({
      text: text.slice(0, 24),
      milliseconds: Math.min(...Array.from({ length: Math.max(5, runs) }, () => parse(text))),
    }));
    const slowest = times.toSorted((one, other) => other.milliseconds - one.milliseconds).slice(0, 3);
    for (const { text, milliseconds } of slowest)
      report(`${rounded(milliseconds)} ms: ${JSON.stringify(text)}…`);
    const worst = slowest[0]?.milliseconds ?? Number.NaN;
    return [
      {
        name: `reading a recipe of ${LENGTH} characters, the slowest of ${texts.length}`,
        measured: rounded(worst),
        unit: "ms",
        target: `< ${MOST_MILLISECONDS}`,
        reached: worst < MOST_MILLISECONDS,
        detail: { slowest },
      },
    ];
  },
};
