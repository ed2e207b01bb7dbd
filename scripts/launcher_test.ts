import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
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
      const deadline = Date.now() + 20_000;
      const answers = async () => (await fetch(`${url}/healthz`).catch(() => null)) !== null;
      while ((await answers()) && Date.now() < deadline) await Bun.sleep(50);
      expect(await answers()).toBe(false);
      break;
    }
    expect(text).toContain("ready at");
    await rm(dataDir, { recursive: true, force: true });
  },
  60_000,
);
