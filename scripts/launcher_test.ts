import { expect, test } from "bun:test";
import { until } from "../packages/core/testing/testing_until.ts";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

test.skipIf(!Bun.which("npm"))(
  "npm start ends with all of its processes when npm is told to",
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "progimage-launcher-"));
    const child = Bun.spawn(["npm", "start"], {
      cwd: ROOT,
      env: {
        ...process.env,
        PROGIMAGE_PORT: "0",
        PROGIMAGE_DATA_DIR: dataDir,
        PROGIMAGE_LOG_LEVEL: "silent",
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      const [, url] = /ready at (http:\S+)/.exec(text) ?? [];
      if (!url) continue;
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      child.kill("SIGTERM");
      await child.exited;
      const hasEnded = async () => (await fetch(`${url}/healthz`).catch(() => null)) === null;
      await until("the server has ended", hasEnded);
      break;
    }
    expect(text).toContain("ready at");
    await rm(dataDir, { recursive: true, force: true });
  },
  60_000,
);

const NODE = Bun.which("node");

/** The time limit of an offline start on a busy machine. */
const OFFLINE_MILLISECONDS = 20_000;

test.skipIf(!NODE)("node scripts/bun.mjs asks npm for Bun once, and then for nothing any more", async () => {
  const root = await mkdtemp(join(tmpdir(), "progimage-launcher-"));
  const programs = join(root, "programs");
  const calls = join(root, "calls");
  await mkdir(join(root, "scripts"));
  await mkdir(programs);
  await mkdir(join(root, "node_modules"));
  await copyFile(join(ROOT, "scripts", "bun.mjs"), join(root, "scripts", "bun.mjs"));
  await copyFile(join(ROOT, "package.json"), join(root, "package.json"));
  await Bun.write(join(root, "bun.lock"), "a lockfile");
  const lock = new Bun.CryptoHasher("sha256").update("a lockfile").digest("hex");
  await Bun.write(join(root, "node_modules", ".installed"), lock);
  await symlink(NODE ?? "", join(programs, "node"));
  const npx = `#!/bin/sh\necho "$@" >>${calls}\necho "${Bun.version} ${process.execPath}"\n`;
  await Bun.write(join(programs, "npx"), npx);
  await chmod(join(programs, "npx"), 0o755);
  // PATH has nothing else: no Bun, and no npm with a registry.
  const start = () => {
    const command = [join(programs, "node"), join(root, "scripts", "bun.mjs"), "--version"];
    const { stdout } = Bun.spawnSync(command, { env: { PATH: programs }, timeout: OFFLINE_MILLISECONDS });
    return stdout.toString().trim();
  };
  try {
    expect(start()).toBe(Bun.version);
    expect(await Bun.file(calls).text()).toMatch(/^--yes .*bun@\S+ .*\n$/);
    await rm(join(programs, "npx"));
    expect(start()).toBe(Bun.version);
    await Bun.write(join(root, "node_modules", ".bun-program"), join(root, "gone"));
    expect(start()).toBe("");
  } finally {
    await rm(root, { recursive: true });
  }
});
