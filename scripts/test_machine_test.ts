import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testMachine } from "./test_machine.ts";

test("testMachine() changes when a program or the corpus is installed, and with nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "progimage-machine-"));
  const programs = join(folder, "bin");
  await Bun.write(join(programs, "sh"), "");
  const machine = (more: Readonly<Record<string, string>> = {}) =>
    testMachine({ PATH: programs, PROGIMAGE_CORPUS: folder, ...more });
  const before = machine();
  expect(machine({ HOME: "/elsewhere" })).toBe(before);
  await Bun.write(join(programs, "strace"), "");
  const withProgram = machine();
  expect(withProgram).not.toBe(before);
  await Bun.write(join(folder, "manifest.tsv"), "");
  expect(machine()).not.toBe(withProgram);
  await rm(folder, { recursive: true });
});

test("a run of tests that has passed counts neither for other settings nor for another machine", async () => {
  const settings = [{}, { EDITOR: "vi" }, { PROGIMAGE_LONG_TESTS: "true" }, { TEST_MACHINE: "another" }];
  const [plain, sameTests, long, elsewhere] = await Promise.all(settings.map(hashOfTests));
  expect(sameTests).toBe(plain);
  expect(new Set([plain, long, elsewhere]).size).toBe(3);
}, 60_000);

/** Returns the hash under which turbo records that core's tests have passed. */
async function hashOfTests(more: Readonly<Record<string, string | undefined>>): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const command = [process.execPath, "x", "turbo", "run", "test", "--filter=@progimage/core", "--dry=json"];
  const turbo = Bun.spawn(command, {
    cwd: join(import.meta.dir, ".."),
    env: { PATH, HOME, TURBO_TELEMETRY_DISABLED: "1", TEST_MACHINE: "one", ...more },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { tasks } = (await new Response(turbo.stdout).json()) as DryRun;
  const hash = tasks.find(({ taskId }) => taskId === "@progimage/core#test")?.hash;
  if (!hash) throw new Error("Cannot find the tests of core among the tasks of turbo");
  return hash;
}

interface DryRun {
  readonly tasks: readonly { readonly taskId: string; readonly hash: string }[];
}
