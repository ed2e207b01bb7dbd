import type { Config } from "../settings/config.ts";

/** A command of the program, selected by its first argument. */
export interface Command {
  readonly name: string;
  /** The description in `--help`. */
  readonly summary: string;
  /** Runs the command with the arguments after its name. Returns the exit code. */
  readonly run: (args: readonly string[], config: Config) => Promise<number>;
}
