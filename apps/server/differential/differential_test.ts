import { expect, test } from "bun:test";
import { compareRenders } from "./testing_differential.ts";
import { openStage } from "./testing_stage.ts";

/** A prime number, so that the part that is checked has every transform and every kind of file. */
const ONE_OF = 23;

test("renders agree with each other, with their steps one by one, and with other programs", async () => {
  await using stage = await openStage();
  const { checks, findings, tools } = await compareRenders(stage, { oneOf: ONE_OF });
  console.log(`${checks} renders compared; other programs: ${tools.join(", ") || "none is installed"}`);
  expect(findings).toEqual([]);
  expect(checks).toBeGreaterThan(50);
}, 240_000);
