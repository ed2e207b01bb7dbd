import { expect, test } from "bun:test";
import { serverTiming } from "./server_timing.ts";

test("serverTiming() lists the times of a render, or says that there was none", () => {
  const timing = { queue: 0, load: 1.25, render: 12.34, store: 1000 };
  expect(serverTiming(timing)).toBe("queue;dur=0.0, load;dur=1.3, render;dur=12.3, store;dur=1000.0");
  expect(serverTiming(null)).toBe("hit");
});
