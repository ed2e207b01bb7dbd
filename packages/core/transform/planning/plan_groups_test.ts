import { describe, expect, test } from "bun:test";
import { type PlanImage, planGroups } from "./plan_groups.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import { type Size, turnSize } from "./size.ts";
import { positionsOf, type StageName } from "./stages.ts";

const SIZE = { width: 400, height: 300 };
const PLAIN = { isTurned: false, isGrey: false, isPlain: true };
const PHOTO: PlanImage = { pages: 1, hasAlpha: false, file: PLAIN };

/** Parses steps such as `scale:0.5 flip`. A `?` is a step that declares nothing, a `!` one whose size is known only afterwards. */
function steps(text: string): readonly ResolvedStep[] {
  let input: Size = SIZE;
  return text
    .split(" ")
    .filter(Boolean)
    .map((word) => {
      const [name = "", factor = "1"] = word.split(":");
      const isTurn = name === "quarterTurn";
      const by = Number(factor);
      const output = isTurn
        ? turnSize(input)
        : { width: Math.round(input.width * by), height: Math.round(input.height * by) };
      const stages = name === "?" ? null : name === "0" ? [] : [name.replace("!", "") as StageName];
      const transform = {
        name,
        version: 1,
        summary: name,
        params: {},
        apply: () => {
          throw new Error("not to be called");
        },
      };
      const step: ResolvedStep = {
        transform,
        args: {},
        input,
        output,
        isPredicted: !name.includes("!"),
        stages,
        isForAllFrames: name === "scale",
      };
      input = output;
      return step;
    });
}

function plan(text: string, image: Partial<PlanImage> = {}): string {
  const groups = planGroups(steps(text), { ...PHOTO, ...image });
  return groups
    .map(
      ({ steps: group, isPerFrame }) =>
        group.map(({ transform }) => transform.name).join(" ") + (isPerFrame ? "*" : ""),
    )
    .join(" | ");
}

describe("positionsOf()", () => {
  test("puts mirrors and turns first when a resize or crop follows a turn", () => {
    expect(positionsOf(["flip", "quarterTurn", "scale"])).toEqual([1, 3, 50]);
    expect(positionsOf(["crop", "quarterTurn", "scale"])).toEqual([20, 3, 50]);
    expect(positionsOf(["rotate", "crop"])).toEqual([4, 20]);
  });
  test("leaves them after a resize", () =>
    expect(positionsOf(["scale", "quarterTurn", "crop"])).toEqual([50, 62, 90]));
  test("crops late after a resize or another crop", () => {
    expect(positionsOf(["crop", "crop"])).toEqual([20, 90]);
    expect(positionsOf(["scale", "crop"])).toEqual([50, 90]);
  });
});

describe("planGroups()", () => {
  test.each([
    ["", ""],
    ["scale:0.5", "scale"],
    ["crop scale:0.5 flip flop quarterTurn crop", "crop scale flip flop quarterTurn crop"],
    ["flip scale:0.5", "scale flip"],
    ["quarterTurn flip scale:0.5", "scale quarterTurn | flip"],
    ["flip scale:2", "flip | scale"],
    ["crop quarterTurn scale:0.5", "crop scale quarterTurn"],
    ["crop quarterTurn scale:2", "crop quarterTurn | scale"],
    ["quarterTurn crop", "quarterTurn crop"],
    ["scale:0.5 scale:0.5", "scale | scale"],
    ["quarterTurn quarterTurn", "quarterTurn | quarterTurn"],
    ["quarterTurn rotate", "quarterTurn | rotate"],
    ["cover:0.5 flip", "cover | flip"],
    ["blur scale:0.5", "blur | scale"],
    ["scale:0.5 blur sharpen", "scale blur sharpen"],
    ["recomb linear", "recomb linear"],
    ["recomb linear negate", "recomb linear | negate"],
    ["greyscale recomb", "greyscale | recomb"],
    ["convolve sharpen", "convolve | sharpen"],
    ["greyscale scale:0.5 tint", "greyscale scale | tint"],
    ["extend blur", "extend | blur"],
    ["scale:0.5 gamma", "scale | gamma"],
    ["scale:0.5 crop extend", "scale crop | extend"],
    ["crop crop extend", "crop crop | extend"],
    ["0 flip 0", "0 flip 0"],
    ["?", " | ?"],
    ["flip ? flop", "flip | ? | flop"],
    ["flip trim!", "flip | trim! | "],
    ["trim! ", "trim! | "],
    ["scale:0.5 flatten", "flatten scale"],
    ["crop flatten", "crop flatten"],
    ["scale:0.5 crop flatten", "flatten scale crop"],
    ["contain:0.5 flatten", "contain | flatten"],
  ])("%s becomes %s", (written, planned) => expect(plan(written)).toBe(planned));

  test("swaps the sizes of a shrink that passes a quarter turn", () => {
    const [group] = planGroups(steps("quarterTurn scale:0.5"), PHOTO);
    const [scale, turn] = group?.steps ?? [];
    expect(scale).toMatchObject({ input: SIZE, output: { width: 200, height: 150 } });
    expect(turn).toMatchObject({ input: { width: 200, height: 150 }, output: { width: 150, height: 200 } });
  });

  test("separates steps whose result alpha would spoil", () => {
    expect(plan("scale:0.5 modulate")).toBe("scale modulate");
    expect(plan("scale:0.5 modulate", { hasAlpha: true })).toBe("scale | modulate");
    expect(plan("scale:0.5 rotate", { hasAlpha: true })).toBe("scale | rotate");
    // The padding may have made it transparent.
    expect(plan("contain:0.5 flip scale:0.5 modulate")).toBe("contain | scale flip | modulate");
  });

  test("decodes the file first if its colours or orientation would affect the step", () => {
    expect(plan("rotate", { file: { ...PLAIN, isPlain: false } })).toBe(" | rotate");
    expect(plan("contain:0.5", { file: { ...PLAIN, isGrey: true } })).toBe(" | contain");
    expect(plan("scale:0.5", { file: { isTurned: true, isGrey: true, isPlain: false } })).toBe("scale");
    expect(plan("scale:2", { file: { ...PLAIN, isTurned: true } })).toBe(" | scale");
    expect(plan("trim!", { file: { ...PLAIN, isTurned: true } })).toBe(" | trim! | ");
  });

  test("runs steps frame by frame unless they declare that they can run on all", () => {
    expect(plan("scale:0.5", { pages: 3 })).toBe("scale");
    expect(plan("flip", { pages: 3 })).toBe(" | flip* | ");
    expect(plan("flip flop scale:0.5", { pages: 3 })).toBe("scale | flip* | flop* | ");
  });
});
