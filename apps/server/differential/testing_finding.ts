/** A render that is not as it must be. */
export interface Finding {
  /** The kind of file, or the pair of files, that was rendered. */
  readonly input: string;
  /** The steps as in a URL, with the extension of the format. */
  readonly render: string;
  /** The rule that does not hold, and how far off the render is. */
  readonly fault: string;
}

/** The result of a check: its name, and the fault if there is one. */
export interface Checked {
  readonly input: string;
  readonly render: string;
  readonly fault: string | null;
}

/** Describes a likeness below its limit; `null` if it is high enough. */
export function tooUnlike(what: string, likeness: number, least: number): string | null {
  return likeness >= least ? null : `${what}: ${likeness.toFixed(1)} dB, at least ${least} expected`;
}
