import { mkdtemp, rm, statfs, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A volume of its own that can be filled. */
export interface SmallVolume extends AsyncDisposable {
  readonly path: string;
  /** Fills it but for so many bytes. */
  readonly fill: (left?: number) => Promise<void>;
  /** Makes room again. */
  readonly empty: () => Promise<void>;
  /** Lets nothing be written on it any more, as systems do with disks that fail, or lets it be again. */
  readonly setReadOnly: (isReadOnly: boolean) => void;
}

/** Why there can be no small volumes here, in a few words; `null` if there can. */
export const NO_VOLUMES = await findObstacle();

/** Mounts a volume that lives in memory. It is gone when it is disposed of. */
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

/** Returns what is wrong, or nothing. */
function run(command: string[]): string | null {
  const { exitCode, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
  return exitCode === 0 ? null : stderr.toString().trim();
}
