import { describe, expectTypeOf, test } from "bun:test";
import type { Length } from "../values/length.ts";
import { type ArgumentsOf, boolean, choice, color, image, integer, length, number, text } from "./param.ts";

const PARAMS = {
  amount: number({ min: 0, default: 1 }),
  width: integer({ optional: true }),
  invert: boolean({ default: false }),
  shape: choice(["circle", "square"], { default: "circle" }),
  background: color({ default: "ffffff" }),
  label: text(),
  mask: image({ optional: true }),
  side: length({ min: 1 }),
};

describe("ArgumentsOf", () => {
  test("follows from the declaration", () => {
    type Arguments = ArgumentsOf<typeof PARAMS>;
    expectTypeOf<Arguments["amount"]>().toEqualTypeOf<number>();
    expectTypeOf<Arguments["width"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Arguments["invert"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Arguments["shape"]>().toEqualTypeOf<"circle" | "square">();
    expectTypeOf<Arguments["background"]>().toEqualTypeOf<string>();
    expectTypeOf<Arguments["label"]>().toEqualTypeOf<string>();
    expectTypeOf<Arguments["side"]>().toEqualTypeOf<Length>();
    expectTypeOf<Arguments["mask"]>().toEqualTypeOf<string | undefined>();
  });
});
