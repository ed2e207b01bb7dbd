import { expect, test } from "bun:test";
import { imageFixture } from "../image_fixture.ts";
import { CHANGE_STAMPS_BYTES, ChangeStamps } from "./change_stamps.ts";

test("ChangeStamps.mark() increases the stamps of the images, or all, for all that share the memory", () => {
  const memory = new Uint8Array(CHANGE_STAMPS_BYTES);
  const [here, there] = [new ChangeStamps(memory), new ChangeStamps(memory)];
  const [one, other] = ["0000", "ffff"].map((end) => imageFixture().id.slice(0, -4) + end) as [
    string,
    string,
  ];
  const stamps = () => [one, other].map((id) => there.at(there.indexOf(id)));
  expect(stamps()).toEqual([0, 0]);
  here.mark([one]);
  expect(stamps()).toEqual([1, 0]);
  here.mark("all");
  expect(stamps()).toEqual([2, 1]);
  there.mark([one, other]);
  expect(stamps()).toEqual([3, 2]);
});
