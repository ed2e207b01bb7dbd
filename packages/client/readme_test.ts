import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testingPng } from "./testing_images.ts";
import { testingServer } from "./testing_server.ts";

test("README.md shows a program that runs", async () => {
  await using server = testingServer();
  const folder = await mkdtemp(join(tmpdir(), "progimage-readme-"));
  try {
    await Bun.write(join(folder, "cat.jpg"), testingPng());
    await Bun.write(join(folder, "notes.txt"), "text");
    await Bun.write(join(folder, "program.ts"), await programOf("README.md", server.url));
    const child = Bun.spawn([process.execPath, "program.ts"], {
      cwd: folder,
      stdout: "pipe",
      stderr: "inherit",
    });
    const output = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    const lines = output.trimEnd().split("\n");
    const url = `${server.url}/images/`;
    expect(lines[0]?.replace(/[\w-]{36}/, "{id}")).toBe(
      `${url}{id}.webp?resize=width:320,height:240,fit:cover&compress=quality:60`,
    );
    expect(lines[3]).toMatch(/^415 Cannot/);
    expect(lines[5]).toEndWith(" 1280w");
    expect(lines[6]).toEndWith(".jpeg?sepia=amount:0.8");
    expect(lines.at(-1)).toBe("gone");
    expect(await Bun.file(join(folder, "square.png")).exists()).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Gives all examples of a page as one program. */
async function programOf(page: string, baseUrl: string): Promise<string> {
  const text = await Bun.file(join(import.meta.dir, page)).text();
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
  const program = blocks.join("\n").replaceAll("http://localhost:3000", baseUrl);
  return program.replaceAll(
    /from "@progimage\/client"/g,
    `from ${JSON.stringify(join(import.meta.dir, "mod.ts"))}`,
  );
}
