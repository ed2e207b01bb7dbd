import type { Config } from "../settings/config.ts";

/** What the program can do besides serving, by the first word behind its name. */
export interface Command {
  readonly name: string;
  /** What `--help` says of it. */
  readonly summary: string;
  /** Does it with the words behind its name. Gives the exit code. */
  readonly run: (args: readonly string[], config: Config) => Promise<number>;
}
