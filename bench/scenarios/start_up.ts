import { join } from "node:path";
import { freePorts } from "@progimage/core/testing";
import type { Scenario } from "../scenario.ts";
import { median, rounded } from "../statistics.ts";
import { fillRepository } from "../stored_images.ts";

const IMAGES = 100_000;

const ROOT = join(import.meta.dir, "..", "..");

/** How long a start takes, and whether a full repository makes it longer. */
export const startUp: Scenario = {
  name: "start-up",
  summary: `from \`bun start\` to the first answer, with an empty repository and with ${IMAGES.toLocaleString("en")} images`,
  async run({ folder, quick, report, runs }) {
    const images = quick ? 1_000 : IMAGES;
    const empty = join(folder, "empty");
    const full = join(folder, "full");
    report(`making ${images} images`);
    await fillRepository(full, { images, contentOf: (number) => `not read by this: ${number}` });
    const times: Record<"empty" | "full", number[]> = { empty: [], full: [] };
    for (let run = 0; run <= runs; run++) {
      const [one, other] = [await firstAnswer(empty), await firstAnswer(full)];
      if (run === 0) continue;
      times.empty.push(one);
      times.full.push(other);
      report(`run ${run} of ${runs}: ${Math.round(one)} ms empty, ${Math.round(other)} ms full`);
    }
    const milliseconds = median(times.full);
    const ratio = milliseconds / median(times.empty);
    return [
      {
        name: `first answer after bun start, ${images} images`,
        measured: rounded(milliseconds),
        unit: "ms",
        target: "≤ 1000",
        reached: milliseconds <= 1000,
        detail: times,
      },
      {
        name: `the same, of the time with an empty repository`,
        measured: rounded(ratio),
        unit: "×",
        target: "≤ 1.1",
        reached: ratio <= 1.1,
        detail: times,
      },
    ];
  },
};

/** Returns the milliseconds until `GET /images` is answered. */
async function firstAnswer(dataDir: string): Promise<number> {
  const [port = 0] = freePorts(1);
  const startedAt = performance.now();
  const server = Bun.spawn([process.execPath, "start"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      ...process.env,
      PROGIMAGE_DATA_DIR: dataDir,
      PROGIMAGE_PORT: String(port),
      PROGIMAGE_LOG_LEVEL: "silent",
    },
  });
  try {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/images`).catch(() => null);
      await response?.arrayBuffer();
      if (response?.ok) return performance.now() - startedAt;
      if (server.exitCode !== null) throw new Error(`Cannot start the server: exit code ${server.exitCode}`);
      await Bun.sleep(2);
    }
  } finally {
    server.kill("SIGTERM");
    await server.exited;
  }
}
