/** Kills processes when this one ends, even by a crash. */
export interface Watchdog {
  /** Adds a process. */
  readonly watch: (pid: number) => void;
  /** Removes a process that has ended, because its id may be reused. */
  readonly forget: (pid: number) => void;
  /** Kills all of them now. */
  readonly end: () => Promise<void>;
}

/** Reads ids until its standard input closes, which happens when the writing process ends. */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids=$(printf %s "$pids" | sed "s/ $pid / /") ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
rm -rf "$1"
exit 0
`;

/** Starts a process that outlives this one briefly, to kill others and to remove their folder. */
export function startWatchdog(folder: string): Watchdog {
  const child = Bun.spawn(["/bin/sh", "-c", SCRIPT, "watchdog", folder], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  const tell = (line: string) => {
    child.stdin.write(`${line}\n`);
    void child.stdin.flush();
  };
  return {
    watch: (pid) => tell(`+ ${pid}`),
    forget: (pid) => tell(`- ${pid}`),
    end: async () => {
      await child.stdin.end();
      await child.exited;
    },
  };
}
