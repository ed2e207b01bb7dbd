/** The chromaticities (x, y) of red, green, blue and white. */
export interface Primaries {
  readonly red: readonly [x: number, y: number];
  readonly green: readonly [x: number, y: number];
  readonly blue: readonly [x: number, y: number];
  readonly white: readonly [x: number, y: number];
}

/** How channel values become light: the curve of sRGB, a power, PQ or HLG. */
export type Transfer = "srgb" | "pq" | "hlg" | { readonly gamma: number };

/** The colours that a file declares without an ICC profile. */
export interface ColorDescription {
  readonly primaries: Primaries;
  readonly transfer: Transfer;
  /** Whether black is 16 and white 235 of 255 in the decoded pixels. */
  readonly isLimited: boolean;
  /** The four code points of ITU-T H.273 in the file, or `null` if it declares its colours in another way. */
  readonly codes: readonly [primaries: number, transfer: number, matrix: number, range: number] | null;
}

const D65 = [0.3127, 0.329] as const;

/** The primaries of sRGB, which are those of BT.709. */
export const SRGB_PRIMARIES: Primaries = {
  red: [0.64, 0.33],
  green: [0.3, 0.6],
  blue: [0.15, 0.06],
  white: D65,
};

/** By ColourPrimaries of ITU-T H.273 table 2. */
const PRIMARIES: Readonly<Record<number, Primaries>> = {
  1: SRGB_PRIMARIES,
  4: { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: [0.31, 0.316] },
  5: { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: D65 },
  6: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  7: { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 },
  9: { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: D65 },
  11: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] },
  12: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: D65 },
  22: { red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077], white: D65 },
};

/** By TransferCharacteristics of ITU-T H.273 table 3. Those of cameras for television (1, 6, 14, 15) are shown like sRGB. */
const TRANSFERS: Readonly<Record<number, Transfer>> = {
  4: { gamma: 2.2 },
  5: { gamma: 2.8 },
  8: { gamma: 1 },
  16: "pq",
  18: "hlg",
};

/** Returns the description of four code points of ITU-T H.273. Unknown ones count as those of sRGB, as in files that declare nothing. */
export function fromCodes(
  codes: NonNullable<ColorDescription["codes"]>,
  { isLimited = false } = {},
): ColorDescription {
  const [primaries, transfer] = codes;
  return {
    primaries: PRIMARIES[primaries] ?? SRGB_PRIMARIES,
    transfer: TRANSFERS[transfer] ?? "srgb",
    isLimited,
    codes,
  };
}

/** Whether pixels of these colours are sRGB without a conversion. */
export function isSrgb({ primaries, transfer, isLimited }: ColorDescription): boolean {
  return primaries === SRGB_PRIMARIES && transfer === "srgb" && !isLimited;
}
