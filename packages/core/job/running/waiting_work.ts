/** The properties that decide when work runs. */
export interface WorkTraits {
  /** Higher goes first; 0 or above. */
  readonly priority: number;
  /** Lines of one priority take turns. */
  readonly line: string;
  /** Within a line, lower goes first. */
  readonly place: number;
  /** Whether it continues something begun. Within a line, such work goes first. @default {false} */
  readonly isBegun?: boolean;
}

/** A queue of waiting work: by priority, then by turns of the lines, then by place. */
export class WaitingWork<Work> {
  /** The lines of each priority, in the order of their turns. */
  readonly #lines: Map<string, Waiting<Work>[]>[] = [];

  /** Returns the highest priority of all waiting work; `null` if there is none. */
  get highest(): number | null {
    const highest = this.#lines.findLastIndex((lines) => lines !== undefined && lines.size > 0);
    return highest < 0 ? null : highest;
  }

  /** Returns how much work of this or a higher priority waits, without work that continues something begun. */
  count(priority: number): number {
    let count = 0;
    for (const lines of this.#lines.slice(priority))
      for (const line of lines?.values() ?? []) count += line.filter(({ isBegun }) => !isBegun).length;
    return count;
  }

  /** Adds work. Returns a function that removes it from the queue, if it still waits. */
  add({ priority, line, place, isBegun = false }: WorkTraits, work: Work): () => void {
    const lines = (this.#lines[priority] ??= new Map());
    const waiting = { place, isBegun, work };
    const others = lines.get(line);
    if (others) others.push(waiting);
    else lines.set(line, [waiting]);
    return () => remove(lines, line, waiting);
  }

  /** Returns the next work and moves its line behind the others. */
  take(): Work | null {
    const lines = this.#lines[this.highest ?? 0];
    const [turn] = lines ?? [];
    if (!lines || !turn) return null;
    const [name, line] = turn;
    const next = line.reduce((best, other) => (isBefore(other, best) ? other : best));
    remove(lines, name, next);
    lines.delete(name);
    if (line.length > 0) lines.set(name, line);
    return next.work;
  }
}

interface Waiting<Work> {
  readonly place: number;
  readonly isBegun: boolean;
  readonly work: Work;
}

function isBefore(one: Waiting<unknown>, other: Waiting<unknown>): boolean {
  if (one.isBegun !== other.isBegun) return one.isBegun;
  return one.place < other.place;
}

function remove<Work>(lines: Map<string, Waiting<Work>[]>, name: string, waiting: Waiting<Work>): void {
  const line = lines.get(name);
  const index = line?.indexOf(waiting) ?? -1;
  if (!line || index < 0) return;
  line.splice(index, 1);
  if (line.length === 0) lines.delete(name);
}
