import { join } from "node:path";

/** The whole environment of the program: settings, and nothing of this process. */
export type CommandSettings = Readonly<Record<string, string>>;

/** The output of a command, and its exit code. */
export interface CommandEnd {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const PROGRAM = join(import.meta.dir, "..", "main.ts");

/** Starts the program with a command. It ends with this process. */
export function beginCommand(settings: CommandSettings, ...words: readonly string[]) {
  return beginCommandBy([], settings, ...words);
}

/** Lets another program, such as one that drops privileges, start the program with a command. */
export function beginCommandBy(
  starter: readonly string[],
  settings: CommandSettings,
  ...words: readonly string[]
) {
  const { PATH = "", HOME = "" } = process.env;
  return Bun.spawn([...starter, process.execPath, "--no-orphans", PROGRAM, ...words], {
    env: { PATH, HOME, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a command to its end. */
export async function runCommand(
  settings: CommandSettings,
  ...words: readonly string[]
): Promise<CommandEnd> {
  const child = beginCommand(settings, ...words);
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output, errors };
}
