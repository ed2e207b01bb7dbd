import { join } from "node:path";

/** The folder from which the tests are run. */
export const TRUST_FOLDER = join(import.meta.dir, "../apps/server");

/** Returns the files with tests of what a server can be trusted with, those whose path contains one of the words if there are any. */
export function trustFiles(words: readonly string[] = []): readonly string[] {
  const files = [...new Bun.Glob("trust/**/*_test.ts").scanSync({ cwd: TRUST_FOLDER })].toSorted();
  return files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
}
