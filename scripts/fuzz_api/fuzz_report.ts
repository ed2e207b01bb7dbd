/** A line of hooks.py: a request, an expected failure of a check with its reason, or a fault. */
export type FuzzRecord = { readonly operation: string } & (
  { readonly status: number; readonly isValid: boolean } | { readonly excused: string } | FuzzFault
);

/** A response that does not match the document. */
export interface FuzzFault {
  readonly check: string;
  readonly message: string;
  readonly status: number;
  readonly answer: string;
  readonly request: string;
}

/** The counts of an operation. */
export interface FuzzCounts {
  /** All requests, valid or not. */
  readonly requests: number;
  readonly valid: number;
  /** Valid requests with a status below 400. */
  readonly accepted: number;
  readonly excused: number;
  readonly faults: number;
}

const NONE: FuzzCounts = { requests: 0, valid: 0, accepted: 0, excused: 0, faults: 0 };

/** Counts requests and collects faults. */
export class FuzzReport {
  readonly #counts = new Map<string, FuzzCounts>();
  readonly #reasons = new Map<string, number>();
  readonly #faults = new Map<string, FuzzFault & { readonly operation: string; readonly times: number }>();

  /** Adds a record. */
  add(record: FuzzRecord): void {
    const counts = this.#counts.get(record.operation) ?? NONE;
    this.#counts.set(record.operation, sum(counts, countsOf(record)));
    if ("excused" in record) this.#reasons.set(record.excused, (this.#reasons.get(record.excused) ?? 0) + 1);
    if (!("check" in record)) return;
    const key = [record.operation, record.check, record.status, codeOf(record.answer)].join(" ");
    const times = (this.#faults.get(key)?.times ?? 0) + 1;
    this.#faults.set(key, { ...(this.#faults.get(key) ?? record), times });
  }

  /** Returns the counts of all operations together. */
  total(): FuzzCounts {
    return [...this.#counts.values()].reduce(sum, NONE);
  }

  /** Returns a row for each operation, in the order of their names. */
  rows(): readonly ({ readonly operation: string } & FuzzCounts)[] {
    const sorted = [...this.#counts].toSorted(([one], [other]) => one.localeCompare(other));
    return sorted.map(([operation, counts]) => ({ operation, ...counts }));
  }

  /** Returns how often each reason excused a failure. */
  reasons(): ReadonlyMap<string, number> {
    return this.#reasons;
  }

  /** Returns one fault of each kind, with its first request. */
  faultTexts(): readonly string[] {
    return [...this.#faults.values()].map(
      ({ operation, check, status, message, answer, request, times }) =>
        `${operation}: ${check}, ${status}, ${times} times\n${indent([message, request, answer].join("\n"))}`,
    );
  }
}

function countsOf(record: FuzzRecord): FuzzCounts {
  if ("check" in record) return { ...NONE, faults: 1 };
  if ("excused" in record) return { ...NONE, excused: 1 };
  const { isValid, status } = record;
  return { ...NONE, requests: 1, valid: Number(isValid), accepted: Number(isValid && status < 400) };
}

function sum(one: FuzzCounts, other: FuzzCounts): FuzzCounts {
  return {
    requests: one.requests + other.requests,
    valid: one.valid + other.valid,
    accepted: one.accepted + other.accepted,
    excused: one.excused + other.excused,
    faults: one.faults + other.faults,
  };
}

/** Returns the code and parameter of a problem document, or "" for other responses. */
function codeOf(answer: string): string {
  const member = (name: string) => new RegExp(`"${name}":"([^"]*)"`).exec(answer)?.[1] ?? "";
  return `${member("code")} ${member("parameter")}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
