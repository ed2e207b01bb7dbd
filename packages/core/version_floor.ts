import { ProgImageError } from "./error.ts";

/**
 * Refuses a library that is older than the oldest version without a known hole.
 *
 * @throws {ProgImageError} `unavailable`
 */
export function assertVersion(name: string, version: string | undefined, floor: string): void {
  if (version !== undefined && Bun.semver.order(version, floor) >= 0) return;
  const message = `Cannot start with ${name} ${version ?? "of an unknown version"} as versions before ${floor} have known holes: install the versions of the lockfile`;
  throw new ProgImageError("unavailable", message);
}
