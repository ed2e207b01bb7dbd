import { globSync } from "node:fs";

/** The library that gives a process another time, if it is installed. */
const [LIBRARY = null] = globSync("/usr/lib/*/faketime/libfaketime.so.1");

/** Tells whether processes can be given another time. Says so if not. */
export function canSetClocks(): boolean {
  if (LIBRARY === null)
    console.error(
      "Tests of clocks that are off are skipped: faketime not found (scripts/install_servers.sh)",
    );
  return LIBRARY !== null;
}

/** Returns the settings of a process, and of those that it starts, whose clock is off by some minutes. */
export function clockSettings(minutes: number): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: LIBRARY ?? "",
    FAKETIME: `${minutes < 0 ? "" : "+"}${minutes}m`,
    // Timers go by it. The clock of a real machine is set, or slewed, without it.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}
