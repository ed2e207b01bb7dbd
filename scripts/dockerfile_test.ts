import { expect, test } from "bun:test";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..");

test("Dockerfile installs fonts for Chinese, Japanese and Korean, and has the server draw with them", async () => {
  const text = await Bun.file(join(ROOT, "Dockerfile")).text();
  expect(text).toMatch(/apt-get install .*\bfonts-noto-cjk\b/);
  expect(text).toContain("PROGIMAGE_FONTS_DIR=/usr/share/fonts ");
});

test("Dockerfile copies the manifest of every package of the workspace, which the lockfile asks for", async () => {
  const { workspaces } = await Bun.file(join(ROOT, "package.json")).json();
  const manifests = (workspaces.packages as string[]).flatMap((pattern) =>
    [...new Bun.Glob(`${pattern}/package.json`).scanSync(ROOT)].filter(
      (path) => !path.includes("node_modules"),
    ),
  );
  const text = await Bun.file(join(ROOT, "Dockerfile")).text();
  const lines = manifests.map((path) => `COPY ${path} ${dirname(path)}/`);
  expect(lines.filter((line) => !text.includes(`${line}\n`))).toEqual([]);
});
