import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testingPng } from "./testing/testing_images.ts";
import { testingServer } from "./testing/testing_server.ts";

test("README.md shows a program that runs", async () => {
  await using server = testingServer();
  const folder = await mkdtemp(join(tmpdir(), "progimage-readme-"));
  try {
    await Bun.write(join(folder, "cat.jpg"), testingPng());
    await Bun.write(join(folder, "logo.png"), testingPng());
    await Bun.write(join(folder, "notes.txt"), "text");
    await Bun.write(join(folder, "photos.tar"), "an archive");
    await Bun.write(join(folder, "program.ts"), await programOf("README.md", server.url));
    const child = Bun.spawn([process.execPath, "program.ts"], {
      cwd: folder,
      stdout: "pipe",
      stderr: "inherit",
    });
    const output = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    const lines = output.trimEnd().split("\n");
    const shape = lines.map((line) => line.replaceAll(server.url, "").replaceAll(/[\da-f-]{36}/g, "{id}"));
    expect(shape.slice(0, 20)).toEqual([
      "/images/{id}.webp?thumbnail=320x240&grayscale&mask=circle&compress=60",
      expect.stringMatching(/^\d+ bytes$/),
      "0 201 {id}",
      expect.stringMatching(/^1 415 Cannot/),
      "201 remote.png",
      "{id}",
      expect.stringMatching(/^notes.txt: Cannot/),
      "succeeded",
      "/images/{id}.avif?crop=800x800,gravity:attention&flop",
      expect.stringMatching(/ 1280w$/),
      expect.stringMatching(/ 1x$/),
      "/images/{id}.webp?thumbnail=64x64&v=0",
      "{id}",
      "image/png",
      "/images/{id}.webp?thumbnail=600x600&sharpen",
      "201 {id}",
      "502 source_unreachable",
      "/images/{id}.jpg?art.stipple=dots:6",
      expect.stringMatching(/^\{id\} /),
      expect.stringMatching(/^\{id\} /),
    ]);
    expect(shape).toContain("{id} updated");
    expect(shape).toContain("2 deleted []");
    expect(lines.at(-1)).toBe("gone");
    for (const file of ["square.png", "badge.webp", "results.zip", "tiles.tar"])
      expect(await Bun.file(join(folder, file)).exists()).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Returns all examples of a page as one program. */
async function programOf(page: string, baseUrl: string): Promise<string> {
  const text = await Bun.file(join(import.meta.dir, page)).text();
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  const program = blocks.join("\n").replaceAll("http://localhost:3000", baseUrl);
  const moduleOf = (_: string, entry?: string): string =>
    `from ${JSON.stringify(join(import.meta.dir, `${entry ?? "mod"}.ts`))}`;
  return program.replaceAll(/from "@progimage\/client(?:\/(\w+))?"/g, moduleOf);
}
