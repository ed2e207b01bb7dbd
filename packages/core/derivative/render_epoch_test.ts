import { expect, test } from "bun:test";
import { renderEpoch } from "./render_epoch.ts";

test("renderEpoch() changes with the version of a transform, and not with a new one", () => {
  const epochOf = (versions: Readonly<Record<string, number>>) => {
    const list = Object.entries(versions).map(([name, version]) => ({ name, version }));
    return renderEpoch({ list: () => list as never });
  };
  expect(epochOf({ blur: 1, flip: 1, text: 1 })).toBe(epochOf({ blur: 1, flip: 1 }));
  expect(epochOf({ blur: 2, flip: 1 })).not.toBe(epochOf({ blur: 1, flip: 1 }));
  expect(epochOf({ blur: 2, flip: 1 })).not.toBe(epochOf({ blur: 1, flip: 2 }));
});
