import { describe, expect, test } from "bun:test";
import { SHORTHANDS } from "./built_in_params.ts";
import { decimalOf } from "./decimal.ts";
import type { Step } from "./recipe.ts";
import { recipeQuery } from "./recipe_query.ts";
import { readRecipe } from "../testing/testing_recipe.ts";

describe("recipeQuery writes", () => {
  const table: readonly (readonly [query: string, ...steps: Step[]])[] = [
    [""],
    ["flip", step("flip")],
    ["flip&flop&flip", step("flip"), step("flop"), step("flip")],
    ["resize=320x240", step("resize", { width: 320, height: 240 })],
    ["resize=320x", step("resize", { width: 320, height: undefined })],
    ["resize", step("resize", { height: undefined })],
    ["resize=x9", step("resize", { height: 9 })],
    ["resize=9x,enlarge", step("resize", { enlarge: true, width: 9 })],
    [
      "print.draw=stops:red;0f0,center:0.5x-1",
      step("print.draw", { stops: ["red", "0f0"], center: { x: 0.5, y: -1 } }),
    ],
    [
      "draw=corners:0x0;1x0.5,sizes:",
      step("draw", {
        corners: [
          { x: 0, y: 0 },
          { x: 1, y: 0.5 },
        ],
        sizes: [],
      }),
    ],
    ["print.draw=sizes:0.0000001;2", step("print.draw", { sizes: [1e-7, 2] })],
    ["compress=lossless:false", step("compress", { lossless: false })],
    ["rotate=90", step("rotate", { angle: 90 })],
    ["rotate=-7.5,background:red", step("rotate", { background: "red", angle: -7.5 })],
    ["rotate=background:red", step("rotate", { background: "red" })],
    ["crop=50pctx10.5,x:5pct", step("crop", { width: "50%", height: 10.5, x: "5%" })],
    ["resize=width:-1,enlarge", step("resize", { width: -1, enlarge: true })],
    ["resize=enlarge:true,kernel:cubic", step("resize", { enlarge: true, kernel: "cubic" })],
    ["blur=0.000001", step("blur", { sigma: 0.000001 })],
    ["blur=0.00000012", step("blur", { sigma: 1.2e-7 })],
    ["blur=123000000000000000000000", step("blur", { sigma: 1.23e23 })],
    ["blur=0.0000001", step("blur", { sigma: 1e-7 })],
    ["text=a%20b%20%26%20c%3Dd%3Fe%23f%2B100%25", step("text", { text: "a b & c=d?e#f+100%" })],
    ["text=a;b@c/d", step("text", { text: "a;b@c/d" })],
    ["text=text:a:b:c", step("text", { text: "a:b:c" })],
    ["text=A:b:c,box", step("text", { text: "A:b:c", box: true })],
    ["text=~YSxi,size:9", step("text", { text: "a,b", size: 9 })],
    ["text=~fg", step("text", { text: "~" })],
    ["text=~XG4", step("text", { text: "\\n" })],
    ["text=~LMOp8J-WvD8-", step("text", { text: ",é🖼?>" })],
    ["text=text:%7Ba%7D", step("text", { text: "{a}" })],
    ["text=~", step("text", { text: "" })],
    ["text=%C3%A9%F0%9F%96%BC", step("text", { text: "é🖼" })],
    ["text=%7B%22text%22:%22%5Cud800%22%7D", step("text", { text: "\ud800" })],
    ["draw=%7B%22points%22:[[1,2],[3,4]],%22width%22:2%7D".replaceAll(/[[\]]/g, encodeURIComponent), step("draw", { points: [[1, 2], [3, 4]], width: 2 })], // prettier-ignore
    ["tint=%7B%22color%22:null%7D", step("tint", { color: null })],
    ["odd=%7B%22Odd%20name%22:1%7D", step("odd", { "Odd name": 1 })],
    ["od%26d%3D=width:1", step("od&d=", { width: 1 })],
  ];

  for (const [query, ...steps] of table) {
    test(query || "nothing", () => {
      expect(recipeQuery({ steps })).toBe(query);
    });
  }
});

describe("recipeQuery refuses", () => {
  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [() => 1], [Symbol("x")]])("the value %p", (value) => {
    expect(() => recipeQuery({ steps: [step("blur", { sigma: value })] })).toThrow(
      /^Cannot send sigma of blur: /,
    );
  });

  test("a step without a name, which a server would skip", () => {
    expect(() => recipeQuery({ steps: [step("")] })).toThrow(TypeError);
  });
});

test("recipeQuery writes everything that a URL can hold, and the grammar reads it back", () => {
  const random = randomNumbers(20_261_123);
  let jsonForms = 0;
  let literals = 0;
  for (let run = 0; run < 3000; run++) {
    const steps = Array.from({ length: 1 + random(3) }, () => randomStep(random));
    const query = recipeQuery({ steps });
    if (query.includes("=%7B")) jsonForms++;
    if (/[:=]~/.test(query)) literals++;
    expect(new URL(`http://host/images/1.webp?${query}`).search.slice(1)).toBe(query);
    expect(readRecipe(query).map(normalise)).toEqual(steps.map(normalise));
  }
  expect(jsonForms).toBeGreaterThan(300);
  expect(literals).toBeGreaterThan(300);
  expect(jsonForms).toBeLessThan(2700);
});

function step(transform: string, params: Step["params"] = {}): Step {
  return { transform, params };
}

/** Compares as text: the plain form loses types, which a server knows from its declarations. */
function normalise({ transform, shorthand, params }: Step & { readonly shorthand?: string }) {
  const names = SHORTHANDS[transform] ?? [];
  const values =
    names.length === 1 ? [shorthand] : (shorthand?.split("x").map((side) => side || undefined) ?? []);
  const short = names.map((name, index) => [name, values[index]]).filter(([, value]) => value !== undefined);
  const all = shorthand === undefined ? params : { ...Object.fromEntries(short), ...params };
  return [transform, Object.fromEntries(Object.entries(all).map(([name, value]) => [name, textOf(value)]))];
}

function textOf(value: unknown): string {
  if (typeof value === "number") return decimalOf(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

const NAMES = ["text", "width", "height", "background", "angle", "A-b", "{x"];
const CHARACTERS = [..."~ab:,&=+%#?/{}\"'\\ <>|;é🖼\u0000\n", "%2C", "%", "true", "a:"];

function randomStep(random: (below: number) => number): Step {
  const names = NAMES.filter(() => random(3) === 0);
  const params = Object.fromEntries(names.map((name) => [name, randomValue(random)]));
  return step(["resize", "rotate", "text"][random(3)] ?? "", params);
}

function randomValue(random: (below: number) => number): unknown {
  const kind = random(6);
  if (kind === 0) return random(2) === 0;
  if (kind === 1) return random(2) === 0 ? random(999) : (random(2000) - 1000) / 10 ** random(12);
  if (kind === 2) return [random(9), "a,b"];
  return Array.from({ length: random(4) }, () => CHARACTERS[random(CHARACTERS.length)]).join("");
}

/** Returns whole numbers below a bound, the same in every run. @see https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
