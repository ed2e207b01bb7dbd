import { parseArgs } from "node:util";
import { findCommand } from "./commands.ts";
import { helpText } from "./help.ts";
import { readEnvironment } from "./read_environment.ts";
import { exitCodeOf, isForUser } from "./refusal.ts";
import server from "../package.json";

/** Runs what arguments ask for. Returns the exit code of the program, or `null` if they ask for a server. */
export async function runCommandLine(args: readonly string[]): Promise<number | null> {
  try {
    return await run(args);
  } catch (error) {
    if (!isForUser(error)) throw error;
    console.error(error.message);
    return exitCodeOf(error);
  }
}

async function run(args: readonly string[]): Promise<number | null> {
  const command = findCommand(args);
  if (command)
    return await command.run(
      args.slice(1),
      readEnvironment((message) => console.error(message)),
    );
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
  });
  if (!values.help && !values.version) return null;
  console.log(values.help ? helpText() : server.version);
  return 0;
}
