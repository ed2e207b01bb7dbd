// Starts a script of this repository with the pinned Bun, whether this machine has that Bun, another one, or only Node and npm.
// Usage: node scripts/bun.mjs SCRIPT [ARGUMENTS]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const version = packageManager.split("@").pop();
const QUESTION = ["--eval", "process.stdout.write(process.versions.bun + ' ' + process.execPath)"];
/** The file with the path of the Bun that npm installed. */
const program = join(root, "node_modules", ".bun-program");

const bun = findBun();
const environment = { ...process.env, PATH: [...bun.folders, process.env.PATH].join(delimiter) };
install();
start(process.argv.slice(2));

/** Returns the running Bun, the one on PATH, the one that npm installed earlier, or one that it installs now. */
function findBun() {
  if (process.versions.bun === version)
    return { path: process.execPath, folders: [dirname(process.execPath)] };
  if (pathOf(ask("bun"))) return { path: "bun", folders: [] };
  const remembered = readIfAny(program);
  const path = (remembered ? pathOf(ask(remembered)) : undefined) ?? getBun();
  // The package's program is bun.exe on every system; other tools look for its shim, which is named bun.
  return { path, folders: [join(dirname(path), "..", "..", ".bin"), dirname(path)] };
}

/** Installs Bun with npm, which contacts its registry even for a cached package, and records its path. */
function getBun() {
  console.error(`Getting Bun ${version} from npm …`);
  const npx = ["--yes", "--allow-scripts=bun", `bun@${version}`, ...QUESTION];
  const answer = spawnSync("npx", npx, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  const path = pathOf(answer);
  if (!path) {
    console.error(answer.stderr ?? String(answer.error));
    console.error(
      `Cannot get Bun ${version}: install it from https://bun.com, or npm from https://nodejs.org`,
    );
    process.exit(1);
  }
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, path);
  return path;
}

/** Asks a Bun for its version and path. */
function ask(path) {
  return spawnSync(path, QUESTION, { encoding: "utf8" });
}

/** Returns the path from a Bun's output if its version is the pinned one, and otherwise nothing. */
function pathOf({ stdout }) {
  const [found, path] = stdout?.trim().split(/ (.*)/s) ?? [];
  return found === version ? path : undefined;
}

/** Installs the packages of the lockfile, unless that was done before. */
function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "bun.lock")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".installed");
  if (readIfAny(stamp) === lock) return;
  console.error("Installing packages …");
  const options = { cwd: root, env: environment, stdio: ["ignore", 2, 2] };
  const { status } = spawnSync(bun.path, ["install", "--frozen-lockfile"], options);
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Runs the script in place of this process, as far as possible: same terminal, same signals, same exit code. */
function start(args) {
  const child = spawn(bun.path, args, { cwd: root, env: environment, stdio: "inherit" });
  // The terminal sends Ctrl+C to the child as well; signals to this process alone must be forwarded.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm ends the shell between itself and this process, which gets no signal.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) {
    const watch = () => process.ppid === parent || child.kill("SIGTERM");
    setInterval(watch, 500).unref();
  }
  child.on("exit", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function readIfAny(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
