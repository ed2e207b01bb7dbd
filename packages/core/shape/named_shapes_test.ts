import { expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { namedShapes } from "./named_shapes.ts";
import { answerShape, describedShape, namedShape, nullableShape, objectShape, shownShape } from "./shape.ts";

const WORD = namedShape("Word", Type.String());
const ENTRY = answerShape("Entry", { word: nullableShape(WORD), others: Type.Array(WORD) });

test("namedShapes() finds each named shape once, at any depth", () => {
  const shown = objectShape({ one: shownShape(ENTRY), record: Type.Record(Type.String(), WORD) });
  expect([...namedShapes([shown, ENTRY]).keys()]).toEqual(["Entry", "Word"]);
});

test("namedShapes() allows another description where a shape is used, and rejects two shapes with one name", () => {
  expect([...namedShapes([WORD, describedShape(WORD, "A word")]).keys()]).toEqual(["Word"]);
  const other = namedShape("Word", Type.Integer());
  expect(() => namedShapes([WORD, other])).toThrow("Cannot use two shapes as they have one name: Word");
});
