import { readFileSync } from "node:fs";

/** The limit of allocated memory, as a multiple of the limit of resident memory. */
const DATA_FACTOR = 4;

const NO_NEW_PRIVILEGES = "--no-new-privs";
const WITHOUT_CAPABILITIES = ["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"];

/** Root's files stay open to a process of root that has no capability. */
const ROOT_WARNING =
  "they run as root and can change all files of root: start the server as an unprivileged user";

/** Options for {@linkcode confinedCommand}. */
export interface ConfinementOptions {
  /** Bytes of memory that may be resident in the process. */
  readonly memoryLimit: number;
  /** The operator's command that starts another one in a sandbox, with its arguments. Empty without one. */
  readonly wrapper: readonly string[];
}

/**
 * Returns the command that starts another command with fewer rights, less memory and lower priority, as far as the system can.
 *
 * The process gets no new privileges and no capability, even if the server runs as root. The system limits allocated memory, of which far
 * less may be resident: a backstop for growth between two checks. `SCHED_BATCH` makes processes interrupt each other less often, which
 * saves a small render one twentieth of its time.
 *
 * @see https://docs.kernel.org/userspace-api/no_new_privs.html
 */
export function confinedCommand({ memoryLimit, wrapper }: ConfinementOptions): string[] {
  const [prlimit, chrt] = ["prlimit", "chrt"].map(ofLinux);
  const nice = Bun.which("nice");
  return [
    ...fewerPrivileges(),
    ...(prlimit ? [prlimit, `--data=${memoryLimit * DATA_FACTOR}`] : []),
    ...(chrt ? [chrt, "--batch", "0"] : []),
    ...(nice ? [nice, "-n", "10"] : []),
    ...wrapper,
  ];
}

/** Returns what confines render processes, for the operator. */
export function describeConfinement(wrapper: readonly string[]): string {
  const parts = [
    ...(fewerPrivileges().includes(NO_NEW_PRIVILEGES) ? ["no new privileges"] : []),
    ...(isWithoutCapabilities() ? ["no capabilities"] : []),
    ...(ofLinux("prlimit") ? ["a limit of memory"] : []),
    ...(wrapper.length > 0 ? [`the wrapper ${wrapper[0]}`] : []),
  ];
  const list =
    parts.length > 0 ? parts.join(", ") : "nothing, as this system has neither setpriv nor prlimit";
  return isRoot() ? `${list}; ${ROOT_WARNING}` : list;
}

/** Returns the innermost process that a process has started in a chain, such as one in a sandbox; the process itself if there is none. */
export function innermostProcess(pid: number): number {
  const [child] = childrenOf(pid);
  return child === undefined ? pid : innermostProcess(child);
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
  } catch {
    return []; // not Linux, or the process just ended
  }
}

let privileges: readonly string[] | undefined;

/** Returns the strictest of some commands that works here: a container may forbid root to change its bounding set. */
function fewerPrivileges(): readonly string[] {
  const setpriv = ofLinux("setpriv");
  if (!setpriv) return [];
  const commands = [
    ...(isRoot() ? [[setpriv, NO_NEW_PRIVILEGES, ...WITHOUT_CAPABILITIES, "--"]] : []),
    [setpriv, NO_NEW_PRIVILEGES, "--"],
  ];
  privileges ??= commands.find((command) => Bun.spawnSync([...command, "true"]).success) ?? [];
  return privileges;
}

/** Users other than root have none, unless the system gave them some, which the process then keeps. */
function isWithoutCapabilities(): boolean {
  return !isRoot() || WITHOUT_CAPABILITIES.every((option) => fewerPrivileges().includes(option));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function ofLinux(name: string): string | null {
  return process.platform === "linux" ? Bun.which(name) : null;
}
