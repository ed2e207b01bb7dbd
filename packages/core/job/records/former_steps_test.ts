import { describe, expect, test } from "bun:test";
import type { Step } from "../../transform/recipe/recipe.ts";
import { presentSteps } from "./former_steps.ts";
import { jobFixture } from "../job_fixture.ts";
import { fromJobRow, toJobRow } from "./job_row.ts";

describe("presentSteps()", () => {
  test("rewrites names of version 0.1 to today's", () => {
    const former: readonly Step[] = [
      { transform: "crop", params: { width: 50, x: 12.5, unit: "percent", gravity: "center" } },
      { transform: "crop", params: { height: 50, unit: "px", gravity: "center" } },
      { transform: "pixelate", params: { size: 8, x: 0, y: 5, unit: "percent" } },
      { transform: "thumbnail", params: { height: 90, gravity: "focal" } },
      { transform: "normalize", params: { lower: 1, upper: 99 } },
      { transform: "compress", params: { chroma: "4:4:4", color: "keep", metadata: "strip" } },
      { transform: "print.halftone", params: { unit: "percent" } },
    ];
    expect(presentSteps(former)).toEqual([
      { transform: "crop", params: { width: "50pct", x: "12.5pct", gravity: "center" } },
      { transform: "crop", params: { height: 50, gravity: "center" } },
      { transform: "pixelate", params: { size: 8, x: "0pct", y: "5pct" } },
      { transform: "thumbnail", params: { width: 90, height: 90, gravity: "focal" } },
      { transform: "normalize", params: { lower: 0.01, upper: 0.99 } },
      { transform: "compress", params: { chroma: "444", colorSpace: "keep", metadata: "strip" } },
      { transform: "print.halftone", params: { unit: "percent" } },
    ]);
  });

  test("leaves today's names unchanged", () => {
    const present: readonly Step[] = [
      { transform: "crop", params: { width: "50pct", x: 3 } },
      { transform: "thumbnail", params: { width: 9, height: 8, gravity: "focal" } },
      { transform: "normalize", params: { lower: 0, upper: 1 } },
      { transform: "compress", params: { chroma: "420", colorSpace: "srgb" } },
    ];
    expect(presentSteps(present)).toEqual(present);
  });

  test("is applied when the recipes of a stored job are read", () => {
    const steps = [{ transform: "crop", params: { width: 50, unit: "percent" } }];
    const stored = toJobRow(jobFixture({ outputs: [{ name: null, steps, format: null }] }));
    expect(fromJobRow(stored).outputs[0]?.steps).toEqual([{ transform: "crop", params: { width: "50pct" } }]);
  });
});
