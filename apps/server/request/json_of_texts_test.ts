import { expect, test } from "bun:test";
import { ATTRIBUTES_SHAPE, type Shape } from "@progimage/core";
import { Type } from "@sinclair/typebox";
import { jsonOfTexts } from "./json_of_texts.ts";

const read = (shape: Shape, ...texts: readonly string[]) =>
  jsonOfTexts(shape, texts, { name: "value", maxDepth: 4 });

const NUMBER = Type.Number() as Shape;
const BOOLEAN = Type.Boolean() as Shape;
const ATTRIBUTES = ATTRIBUTES_SHAPE.properties;

test.each([
  ["1", 1],
  ["-1.5", -1.5],
  ["+.5", 0.5],
  ["5.", 5],
  ["007", 7],
  ["", ""],
  [".", "."],
  ["1e3", "1e3"],
  ["0x10", "0x10"],
  ["Infinity", "Infinity"],
  [" 1", " 1"],
  ["1,2", "1,2"],
])("jsonOfTexts() reads the number %j as %j", (text, expected) => {
  expect(read(NUMBER, text)).toBe(expected);
});

test("jsonOfTexts() reads only true and false as booleans", () => {
  const values = ["true", "false", "", "TRUE", "1"].map((text) => read(BOOLEAN, text));
  expect(values).toEqual([true, false, "", "TRUE", "1"]);
});

test("jsonOfTexts() reads lists, texts, and what may be null", () => {
  const list = Type.Array(Type.String()) as Shape;
  expect(read(list, "a", "b")).toEqual(["a", "b"]);
  expect(read(list)).toEqual([]);
  expect(read(Type.String() as Shape, "1")).toBe("1");
  expect(read(Type.Union([Type.Null(), Type.Number()]) as Shape, "1")).toBe(1);
});

test("jsonOfTexts() reads a focal point as two numbers with a comma between", () => {
  const focalPoint = ATTRIBUTES["focalPoint"] as Shape;
  expect(read(focalPoint, "0.5,1")).toEqual({ x: 0.5, y: 1 });
  for (const text of ["", "0.5", "0.5,", "0.5, 1", "0.5,1,1", "a,b"])
    expect(() => read(focalPoint, text)).toThrow(
      expect.objectContaining({ code: "invalid_parameter", details: { parameter: "value" } }),
    );
  expect(() => read(focalPoint, "x".repeat(100))).toThrow(
    `Cannot read value as it must be x and y with a comma between, such as 0.5,0.3: it is "${"x".repeat(64)}"`,
  );
});

test("jsonOfTexts() reads metadata as JSON, of a limited depth", () => {
  const metadata = ATTRIBUTES["metadata"] as Shape;
  expect(read(metadata, '{"a":{"b":1}}')).toEqual({ a: { b: 1 } });
  for (const text of ["", "[]", "{", '{"a":[[[[1]]]]}'])
    expect(() => read(metadata, text)).toThrow(expect.objectContaining({ code: "invalid_request" }));
});
