import { mkdtemp, rm, statfs, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A separate volume that can be filled. */
export interface SmallVolume extends AsyncDisposable {
  readonly path: string;
  /** Fills it up to the given number of free bytes. */
  readonly fill: (left?: number) => Promise<void>;
  /** Frees that space again. */
  readonly empty: () => Promise<void>;
  /** Makes it read-only, as systems do with failing disks, or writable again. */
  readonly setReadOnly: (isReadOnly: boolean) => void;
}

/** The reason why small volumes are impossible here, in a few words; `null` if they are possible. */
export const NO_VOLUMES = await findObstacle();

/** Mounts a volume in memory, until it is disposed of. */
export async function smallVolume(bytes: number): Promise<SmallVolume> {
  const path = await mkdtemp(join(tmpdir(), "progimage-volume-"));
  const failure = mount(path, bytes);
  if (failure) throw new Error(`Cannot mount a small volume: ${failure}`);
  const filler = join(path, "filler");
  return {
    path,
    fill: async (left = 0) => {
      const { bavail, bsize } = await statfs(path);
      await writeFile(filler, new Uint8Array(Math.max(0, bavail * bsize - left)), { flag: "a" });
    },
    empty: () => truncate(filler),
    setReadOnly: (isReadOnly) => {
      const refusal = run(["mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, path]);
      if (refusal) throw new Error(`Cannot mount a small volume again: ${refusal}`);
    },
    [Symbol.asyncDispose]: async () => {
      Bun.spawnSync(["umount", "--lazy", path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function findObstacle(): Promise<string | null> {
  if (process.platform !== "linux") return `${process.platform} mounts none`;
  if (!Bun.which("mount")) return "there is no mount";
  try {
    await using _volume = await smallVolume(1_000_000);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function mount(path: string, bytes: number): string | null {
  return run(["mount", "-t", "tmpfs", "-o", `size=${bytes}`, "progimage-test", path]);
}

/** Returns the error, or `null`. */
function run(command: string[]): string | null {
  const { exitCode, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
  return exitCode === 0 ? null : stderr.toString().trim();
}
