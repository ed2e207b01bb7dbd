import { describe, expect, test } from "bun:test";
import { COMPASS } from "@progimage/core/plugin";
import { boxInside } from "./box.ts";

describe("boxInside()", () => {
  const outer = { width: 101, height: 50 };
  const inner = { width: 20, height: 9 };

  test("puts a box at every point of the compass, halves towards the lower right", () => {
    const places = COMPASS.map((gravity) => {
      const { left, top } = boxInside(outer, inner, gravity);
      return [gravity, left, top];
    });
    expect(places).toEqual([
      ["center", 41, 21],
      ["north", 41, 0],
      ["northeast", 81, 0],
      ["east", 81, 21],
      ["southeast", 81, 41],
      ["south", 41, 41],
      ["southwest", 0, 41],
      ["west", 0, 21],
      ["northwest", 0, 0],
    ]);
  });
});
