import { join } from "node:path";

/** The folder from which the tests are run. */
export const TRUST_FOLDER = join(import.meta.dir, "../apps/server");

/** Tests that belong to what a server can be trusted with, beside those in the room for them. */
const ELSEWHERE: readonly string[] = [
  "browser_test.ts",
  "chunked_bodies_test.ts",
  "clocks_test.ts",
  "crash_nodes_test.ts",
  "crash_test.ts",
  "cross_site_test.ts",
  "damage_test.ts",
  "full_disk_test.ts",
  "fuzz_requests_test.ts",
  "fuzz_test.ts",
  "job_crash_test.ts",
  "json_depth_test.ts",
  "postgres_outage_test.ts",
  "storage_fault_test.ts",
  "storage_trouble_test.ts",
  "sync_failure_test.ts",
  "sync_order_test.ts",
];

/** Returns the files with tests of what a server can be trusted with, those whose path contains one of the words if there are any. */
export function trustFiles(words: readonly string[] = []): readonly string[] {
  const room = [...new Bun.Glob("trust/**/*_test.ts").scanSync({ cwd: TRUST_FOLDER })].toSorted();
  return [...room, ...ELSEWHERE].filter(
    (file) => words.length === 0 || words.some((word) => file.includes(word)),
  );
}
