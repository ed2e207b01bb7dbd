import { expect, test } from "bun:test";
import { renderEpoch } from "./render_epoch.ts";

test("renderEpoch() changes with the version of a transform, or a setting, and not with a new one", () => {
  const epochOf = (versions: Readonly<Record<string, number | string>>) => {
    const list = Object.keys(versions).map((name) => ({ name }));
    return renderEpoch({ list: () => list as never, versionOf: (name) => versions[name] ?? 0 });
  };
  expect(epochOf({ blur: 1, flip: 1, text: 1 })).toBe(epochOf({ blur: 1, flip: 1 }));
  expect(epochOf({ blur: 2, flip: 1 })).not.toBe(epochOf({ blur: 1, flip: 1 }));
  expect(epochOf({ blur: 2, flip: 1 })).not.toBe(epochOf({ blur: 1, flip: 2 }));
  expect(epochOf({ blur: "1 one" })).not.toBe(epochOf({ blur: "1 other" }));
});
