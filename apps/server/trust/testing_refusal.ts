import { expect } from "bun:test";
import { beginCommand, type CommandSettings } from "../testing_command.ts";

/** A start that is refused takes less, in milliseconds: it waits ten seconds for a database that may be starting. */
const DEADLINE_MILLISECONDS = 30_000;

/** Starts the program, or one of its commands, which must end with code 2 and one line. Returns that line. */
export async function refusalOf(settings: CommandSettings, ...words: readonly string[]): Promise<string> {
  const child = beginCommand({ PROGIMAGE_PORT: "0", ...settings }, ...words);
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MILLISECONDS);
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  const line = errors.trimEnd();
  expect({ code, output, lines: line.split("\n") }).toEqual({ code: 2, output: "", lines: [line] });
  return line;
}
