import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is removed after the test. */
export interface TestingFolder extends AsyncDisposable {
  readonly path: string;
  /** Returns the path of a file in it. */
  file(name: string): string;
  /** Returns the files in it that this process holds open. */
  openFiles(): Promise<readonly string[]>;
}

/** Makes a folder for a test. */
export async function testingFolder(): Promise<TestingFolder> {
  const path = await mkdtemp(join(tmpdir(), "progimage-client-"));
  return {
    path,
    file: (name) => join(path, name),
    async openFiles() {
      const descriptors = await readdir("/proc/self/fd");
      const targets = await Promise.all(
        descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => "")),
      );
      return targets.filter((target) => target.startsWith(path));
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
