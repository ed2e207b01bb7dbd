/** Ends processes when this one ends, however it does. */
export interface Watchdog {
  /** Watches over a process. */
  readonly watch: (pid: number) => void;
  /** Forgets one that has ended: its id may be given to another. */
  readonly forget: (pid: number) => void;
  /** Ends all of them now. */
  readonly end: () => Promise<void>;
}

/** Reads ids until its standard input ends, which it does with whoever writes to it. */
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

/** Starts a process that outlives this one for a moment, to end others and to remove their folder. */
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
