import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";

/** Returns all modules that a module imports at run time, directly or through its own files. */
async function importsOf(path: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const imports = new Bun.Transpiler({ loader: "ts" }).scanImports(await Bun.file(path).text());
  for (const { path: name } of imports) {
    if (name.endsWith(".json")) continue;
    if (name.startsWith(".")) await importsOf(join(dirname(path), name), seen);
    else seen.add(name);
  }
  return seen;
}

describe("the entry for the server", () => {
  test("imports neither sharp nor code that renders", async () => {
    const imports = [...(await importsOf(join(import.meta.dir, "mod.ts")))];
    expect(imports.length).toBeGreaterThan(15);
    expect(imports.filter((name) => name === "sharp" || name.includes("/render/"))).toEqual([]);
  });

  test("importsOf() finds sharp where it is imported", async () => {
    expect(await importsOf(join(import.meta.dir, "plugin_contract.ts"))).toContain("sharp");
  });
});
