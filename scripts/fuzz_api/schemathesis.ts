import { dirname, join } from "node:path";

/** The version that the hooks are written for. */
const VERSION = "4.32.5";

/** Options for {@linkcode runSchemathesis}. */
export interface RunSchemathesisOptions {
  /** Arguments in addition to those of every run. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** The file for its output. */
  readonly outputPath: string;
}

/**
 * Returns the command of schemathesis: that on PATH if it has this version, or else one that is installed into a folder.
 *
 * @throws {Error} if Python is missing, or the installation fails
 */
export async function findSchemathesis(folder: string): Promise<string> {
  const installed = Bun.which("schemathesis");
  if (installed && (await outputOf([installed, "--version"])).includes(VERSION)) return installed;
  const python = Bun.which("python3");
  if (!python)
    throw new Error(
      "Cannot start schemathesis as it needs Python 3.10 or later with venv: there is no python3",
    );
  const environment = join(folder, "python");
  await outputOf([python, "-m", "venv", environment]);
  const bin = join(environment, "bin");
  await outputOf([join(bin, "python"), "-m", "pip", "install", "--quiet", `schemathesis==${VERSION}`]);
  return join(bin, "schemathesis");
}

/** Runs schemathesis on a document. Returns its exit code: 0 and 1 mean a complete run. */
export async function runSchemathesis(command: string, options: RunSchemathesisOptions): Promise<number> {
  const { args, env, outputPath, signal } = options;
  const child = Bun.spawn(
    [command, "--config-file", join(import.meta.dir, "schemathesis.toml"), "run", ...args],
    {
      // It creates a folder in its working directory.
      cwd: dirname(outputPath),
      stdio: ["ignore", Bun.file(outputPath), Bun.file(outputPath)],
      env: {
        PATH: process.env["PATH"],
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONPATH: import.meta.dir,
        SCHEMATHESIS_HOOKS: "hooks",
        ...env,
      },
      signal,
      killSignal: "SIGINT",
    },
  );
  return await child.exited;
}

async function outputOf(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) === 0) return output;
  throw new Error(`Cannot run ${command.join(" ")}: ${errors || output}`);
}
