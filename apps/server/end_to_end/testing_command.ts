import { join } from "node:path";

/** What is told to the program besides its words: the settings and nothing of this process's own. */
export type CommandSettings = Readonly<Record<string, string>>;

/** What a command has said, and the code that it ended with. */
export interface CommandEnd {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const PROGRAM = join(import.meta.dir, "..", "main.ts");

/** Starts the program with the words of a command. It ends with this process. */
export function beginCommand(settings: CommandSettings, ...words: readonly string[]) {
  return beginCommandBy([], settings, ...words);
}

/** Has another program, such as one that takes rights away, start the program with the words of a command. */
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
