import { expect } from "bun:test";
import { beginCommandBy, type CommandSettings } from "../end_to_end/testing_command.ts";

/** The maximum time of a refused start, in milliseconds: it waits ten seconds for a database that may be starting. */
const DEADLINE_MILLISECONDS = 30_000;

/** Drops the capability by which root may write everywhere. */
const WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

/** Whether {@linkcode refusalOfPlainUser} works here. */
export const CAN_BE_PLAIN_USER = process.getuid?.() !== 0 || Bun.which("setpriv") !== null;

/** Starts the program, or a command, which must end with code 2 and one line. Returns that line. */
export async function refusalOf(settings: CommandSettings, ...words: readonly string[]): Promise<string> {
  return await refusalBy([], settings, words);
}

/** Starts the program without root's bypass of file permissions. Returns its refusal. */
export async function refusalOfPlainUser(settings: CommandSettings): Promise<string> {
  return await refusalBy(process.getuid?.() === 0 ? WITHOUT_RIGHTS : [], settings, []);
}

async function refusalBy(
  starter: readonly string[],
  settings: CommandSettings,
  words: readonly string[],
): Promise<string> {
  const child = beginCommandBy(starter, { PROGIMAGE_PORT: "0", ...settings }, ...words);
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
