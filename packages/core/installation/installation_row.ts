import type { installations } from "../database/sqlite/sqlite_schema.ts";
import type { Identity, Installation, SweepPause } from "./installation.ts";

type InstallationRow = typeof installations.$inferSelect;

/** The name of the only row. */
export const THIS = "this";

/** Returns the row of a new installation. */
export function newInstallationRow({ id, counter }: Identity, pause: SweepPause | null): InstallationRow {
  return { name: THIS, id, counter, pause, strays: 0, scrubbedTo: "" };
}

/** Returns the installation of a row. */
export function installationOf({ name: _name, pause, ...row }: InstallationRow): Installation {
  return { ...row, pause: pause as SweepPause | null };
}

/** Returns key prefixes, evenly spread over the whole range. */
export function spreadBeginnings(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    Math.floor((index * 65_536) / count)
      .toString(16)
      .padStart(4, "0"),
  );
}
