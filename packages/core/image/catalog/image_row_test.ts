import { expect, test } from "bun:test";
import { imageFixture } from "../image_fixture.ts";
import { fromRow, toRow } from "./image_row.ts";

test("fromRow() reads the value of earlier versions for an unknown name", () => {
  const image = imageFixture({ name: null });
  expect(toRow(image).name).toBe("");
  expect(fromRow(toRow(image))).toEqual(image);
});
