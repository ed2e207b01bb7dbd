/** The work that a server does while calls fail. */
export type FaultScenario = "encode" | "probe" | "render" | "sweep" | "upload";

/** Calls of the system that fail, in strace's words. */
export interface FaultCase {
  readonly calls: readonly string[];
  readonly inject: readonly string[];
}

const READING = ["EIO", "EMFILE", "EACCES", "ENOMEM"];
const WRITING = ["EIO", "ENOSPC", "EROFS"];

/** The calls that each scenario really makes for files, with the errors that they may give. */
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
  /** In render processes alone: an HTTP process wakes its threads by this call as well. */
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

/** Which of the calls of each thread fail. */
const OCCURRENCES = ["1+", "1", "2", "3", "4", "5", "6..9", "2+2", "1+3"];

/** Options for {@linkcode faultCases}. */
export interface FaultCasesOptions {
  /** Whether there is time for all of them. */
  readonly isLong: boolean;
}

/** Returns the cases of a scenario: all of them, or each call once for good and once for a moment. */
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
