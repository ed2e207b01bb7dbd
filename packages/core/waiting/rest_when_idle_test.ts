import { expect, test } from "bun:test";
import { until } from "../testing/testing_until.ts";
import { restWhenIdle } from "./rest_when_idle.ts";

test("restWhenIdle() rests after the start and after each time of work, but not during it", async () => {
  let rests = 0;
  const work = restWhenIdle(() => rests++, 200);
  await until("it rests after the start", () => rests === 1, 5_000);
  const busyUntil = performance.now() + 700;
  await until("it has worked for a while", () => {
    work();
    return performance.now() > busyUntil;
  });
  expect(rests).toBe(1);
  await until("it rests after the work", () => rests === 2, 5_000);
});
