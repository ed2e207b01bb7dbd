import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { interleave } from "../interleave.ts";
import { judged, type Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { fillRepository } from "../stored_images.ts";

const IMAGES = 100_000;
const BYTES = 50_000;
const ROOT = join(import.meta.dir, "..", "..");

/** How long a check of the whole storage takes, compared with reading its files. */
export const fsck: Scenario = {
  name: "fsck",
  summary: `a check of ${IMAGES.toLocaleString("en")} images with their bytes, beside reading the same files`,
  onlyByName: true,
  async run({ folder, quick, report, runs, note }) {
    const images = quick ? 500 : IMAGES;
    report(`making ${images} images`);
    await fillRepository(folder, { images, contentOf: someBytes });
    await Bun.spawn(["sync"]).exited;
    const isCold = dropCaches();
    if (!isCold) note("Files are in memory when they are read: only root can have the system forget them.");
    const check = (...words: string[]) =>
      seconds([process.execPath, "start", "fsck", ...words], { PROGIMAGE_DATA_DIR: folder });
    const read = "find fs/blobs -type f -print0 | sort -z | xargs -0 cat > /dev/null";
    const measured = await interleave(
      new Map([
        ["check", () => check()],
        ["read", () => seconds(["sh", "-c", read], {}, folder)],
        ["quick", () => check("--quick")],
      ]),
      { runs, onRun: (run, figures) => report(`run ${run} of ${runs}: ${JSON.stringify([...figures])}`) },
    );
    const of = (name: string) => median(measured.get(name) ?? []);
    const detail = Object.fromEntries(measured);
    const rate = Math.round((images * BYTES) / of("check") / 1e6);
    return [
      judged(
        `fsck of ${images} images (${rate} MB/s), of the rate of reading their files`,
        of("read") / of("check"),
        {
          least: 0.7,
          detail,
        },
      ),
      judged(`fsck --quick of ${images} images`, of("quick"), { unit: "s", most: 10, detail }),
    ];
  },
};

/** Returns bytes that no other image has. */
function someBytes(number: number): Uint8Array {
  const bytes = Buffer.alloc(BYTES, String(number).padStart(16, "image bytes "));
  bytes.writeUInt32LE(number, 0);
  return bytes;
}

/** Drops the system's cache of files. Returns whether that was possible. */
function dropCaches(): boolean {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    return true;
  } catch {
    return false;
  }
}

/** Returns the seconds that a command takes with a cold file cache. */
async function seconds(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd = ROOT,
): Promise<number> {
  dropCaches();
  const startedAt = performance.now();
  const child = Bun.spawn([...command], {
    cwd,
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...process.env, ...environment },
  });
  const code = await child.exited;
  if (code !== 0) throw new Error(`Cannot measure ${command.join(" ")}: it ended with code ${code}`);
  return (performance.now() - startedAt) / 1000;
}
