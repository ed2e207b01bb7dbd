import { expect, test } from "bun:test";
import { boundsOf } from "./list_bounds.ts";

const place = (value: string | number) => ({ value, id: "id" });

test("boundsOf() returns the bounds of filters without a start position", () => {
  expect(boundsOf({ descending: false })).toEqual({});
  expect(boundsOf({ descending: true, createdFrom: 1, createdBefore: 3 })).toEqual({ from: 1, before: 3 });
  expect(boundsOf({ descending: false, updatedFrom: 1 })).toEqual({ from: 1 });
  expect(boundsOf({ descending: false, namePrefix: "a" })).toEqual({ from: "a", before: "a\u{10FFFF}" });
  expect(boundsOf({ descending: false, namePrefix: "" })).toEqual({});
});

test("boundsOf() keeps the stricter bound of each side", () => {
  const times = { createdFrom: 10, createdBefore: 20 };
  const ascending = { descending: false, ...times };
  expect(boundsOf({ ...ascending, after: place(15) })).toEqual({ before: 20, after: place(15) });
  expect(boundsOf({ ...ascending, after: place(10) })).toEqual({ before: 20, after: place(10) });
  expect(boundsOf({ ...ascending, after: place(9) })).toEqual({ from: 10, before: 20 });
  const descending = { descending: true, ...times };
  expect(boundsOf({ ...descending, after: place(15) })).toEqual({ from: 10, after: place(15) });
  expect(boundsOf({ ...descending, after: place(20) })).toEqual({ from: 10, before: 20 });
  expect(boundsOf({ ...descending, after: place(19) })).toEqual({ from: 10, after: place(19) });
});

test("boundsOf() compares texts by their bytes", () => {
  const query = { descending: false, namePrefix: "\uffff" };
  // A fox sorts before U+FFFF in UTF-16 and after it in UTF-8.
  expect(boundsOf({ ...query, after: place("🦊") })).toMatchObject({ after: place("🦊") });
  expect(boundsOf({ ...query, after: place("z") })).toMatchObject({ from: "\uffff" });
});
