/** The work of a server while system calls fail. */
export type FaultScenario = "encode" | "probe" | "render" | "sweep" | "upload";

/** The failing system calls, in strace's syntax. */
export interface FaultCase {
  readonly calls: readonly string[];
  readonly inject: readonly string[];
}

const READING = ["EIO", "EMFILE", "EACCES", "ENOMEM"];
const WRITING = ["EIO", "ENOSPC", "EROFS"];

/** The file system calls of each scenario, with their possible errors. */
const CALLS: Readonly<Record<FaultScenario, Readonly<Record<string, readonly string[]>>>> = {
  upload: {
    openat: ["EIO", "ENOSPC", "EROFS", "EMFILE", "ENOMEM"],
    statx: ["EIO"],
    fstat: ["EIO"],
    link: ["EIO", "ENOSPC", "EROFS"],
    mkdir: ["EIO", "ENOSPC", "EROFS"],
    fsync: ["EIO", "ENOSPC"],
    pwrite64: ["EIO", "ENOSPC", "EROFS"],
    fdatasync: ["EIO", "ENOSPC"],
    unlink: ["EIO", "EROFS"],
  },
  render: {
    openat: [...READING, "ENOSPC", "EROFS"],
    statx: ["EIO", "EACCES"],
    fstat: ["EIO"],
    newfstatat: ["EIO"],
    stat: ["EIO"],
    access: ["EACCES", "EIO"],
    lseek: ["EIO"],
    rename: WRITING,
  },
  /** In render processes only: an HTTP process also wakes its threads by this call. */
  encode: { write: ["EIO", "ENOSPC"] },
  probe: {
    openat: READING,
    stat: ["EIO"],
    access: ["EACCES", "EIO"],
    newfstatat: ["EIO"],
    lseek: ["EIO"],
  },
  sweep: {
    openat: ["EMFILE", "EIO"],
    getdents64: ["EIO"],
    statx: ["EIO"],
    unlink: ["EIO", "EROFS"],
  },
};

/** The failing calls of each thread, in strace's syntax. */
const OCCURRENCES = ["1+", "1", "2", "3", "4", "5", "6..9", "2+2", "1+3"];

/** Options for {@linkcode faultCases}. */
export interface FaultCasesOptions {
  /** Whether to return all of them. */
  readonly isLong: boolean;
}

/** Returns the cases of a scenario: all of them, or a permanent and a temporary failure of each call. */
export function faultCases(scenario: FaultScenario, { isLong }: FaultCasesOptions): readonly FaultCase[] {
  const entries = Object.entries(CALLS[scenario]);
  if (isLong) {
    return entries.flatMap(([call, errors]) =>
      errors.flatMap((error) => OCCURRENCES.map((when) => caseOf(call, error, when))),
    );
  }
  if (scenario === "sweep") {
    return ["1+", "2+3"].map((when) => ({
      calls: entries.map(([call]) => call),
      inject: entries.map(([call, [error = ""]]) => `${call}:error=${error}:when=${when}`),
    }));
  }
  return entries.flatMap(([call, errors], index) =>
    ["1+", OCCURRENCES[1 + (index % 4)] ?? ""].map((when, turn) =>
      caseOf(call, errors[(index + turn) % errors.length] ?? "", when),
    ),
  );
}

function caseOf(call: string, error: string, when: string): FaultCase {
  return { calls: [call], inject: [`${call}:error=${error}:when=${when}`] };
}
