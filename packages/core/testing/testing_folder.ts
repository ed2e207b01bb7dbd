import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for a test, removed with its contents at the end of its scope. */
export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a {@linkcode TestFolder}. */
export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), "progimage-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
