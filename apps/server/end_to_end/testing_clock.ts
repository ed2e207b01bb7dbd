import { globSync } from "node:fs";

/** The library that changes the clock of a process, if it is installed. */
const [LIBRARY = null] = globSync("/usr/lib/*/faketime/libfaketime.so.1");

/** Whether the clock of a process can be changed. Prints a message if not. */
export function canSetClocks(): boolean {
  if (LIBRARY === null)
    console.error(
      "Tests of clocks that are off are skipped: faketime not found (scripts/install_servers.sh)",
    );
  return LIBRARY !== null;
}

/** Returns the environment of a process whose clock is off by some minutes. Its children inherit it. */
export function clockSettings(minutes: number): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: LIBRARY ?? "",
    FAKETIME: `${minutes < 0 ? "" : "+"}${minutes}m`,
    // Timers use it. Setting the clock of a real machine does not change it either.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}
