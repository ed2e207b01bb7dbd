import { join } from "node:path";

/** The working directory of the tests. */
export const TRUST_FOLDER = join(import.meta.dir, "../apps/server");

/** Returns the test files of apps/server/trust. With words, returns only files whose path contains one of them. */
export function trustFiles(words: readonly string[] = []): readonly string[] {
  const files = [...new Bun.Glob("trust/**/*_test.ts").scanSync({ cwd: TRUST_FOLDER })].toSorted();
  return files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
}
