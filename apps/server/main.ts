import { supervise } from "./program/supervise.ts";

// The program. Runs a command, or serves. As it lives as long as the server, it loads only what supervises the other processes.
const args = process.argv.slice(2);
const code =
  args.length === 0 ? null : await (await import("./program/command_line.ts")).runCommandLine(args);
if (code !== null) process.exitCode = code;
// A log line that can never be written would keep the process alive.
else process.exit(await supervise());
