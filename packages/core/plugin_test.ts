import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as entry from "./plugin.ts";

const ENTRY = join(import.meta.dir, "plugin.ts");

/** The maximum size of the entry in a package of its own, in bytes. */
const MOST_BYTES = 6_000;

describe("the entry for authors of plugins", () => {
  test("has these functions and values, as each removal breaks plugins", () => {
    expect(Object.keys(entry).toSorted()).toEqual([
      ...["COMPASS", "CONTRACT_SHARP", "CONTRACT_VERSION", "FORMATS", "OUTPUT_FORMATS", "ProgImageError"],
      ...["QUALITY_TARGETS", "boolean", "box", "choice", "color", "completeFocalPoint", "cssColor"],
      ...["definePlugin", "defineTransform", "image", "integer", "length", "list", "moveInward", "number"],
      ...["opacityOf", "outputFacts", "pixelsOf", "point", "positionInside", "targetSettings", "text"],
    ]);
  });

  test("has no runtime dependencies, and is small", async () => {
    const { outputs } = await Bun.build({ entrypoints: [ENTRY], minify: true, target: "browser" });
    const code = await outputs[0]?.text();
    expect(code).toBeString();
    const imports = new Bun.Transpiler({ loader: "js" }).scanImports(code ?? "");
    expect(imports).toEqual([]);
    expect(code?.length).toBeLessThan(MOST_BYTES);
  });
});
