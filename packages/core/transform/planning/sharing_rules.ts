import { positionsOf, type StageName } from "./stages.ts";

/** The input image of a sharp instance. */
export interface InstanceImage {
  readonly hasAlpha: boolean;
  /** Properties of its file that decoding has not yet normalised; `null` for computed pixels. */
  readonly file: {
    /** Whether its EXIF orientation rotates it. */
    readonly isTurned: boolean;
    readonly isGrey: boolean;
    /** Whether it is sRGB or grey without an embedded profile. */
    readonly isPlain: boolean;
  } | null;
}

/** The effects of an instance's steps besides their calls. */
export interface InstanceTraits {
  /** Whether one of them enlarges the image. */
  readonly grows: boolean;
}

/** A condition in which calls must not share a sharp instance, although each is correct by itself. */
export interface SharingRule {
  readonly name: string;
  readonly forbids: (calls: readonly StageName[], image: InstanceImage, traits: InstanceTraits) => boolean;
}

/** Calls for which sharp premultiplies the colours by alpha; they stay so until all of these calls are done. */
const PREMULTIPLYING: readonly StageName[] = [
  "scale",
  "cover",
  "smartCover",
  "contain",
  "blur",
  "convolve",
  "sharpen",
];

/** Calls that give wrong results on premultiplied colours. */
const WANTING_STRAIGHT_ALPHA: readonly StageName[] = ["threshold", "modulate", "median", "rotate", "affine"];

/** Calls that add pixels of their own colour, which may be transparent. */
const ADDING_COLOR: readonly StageName[] = ["contain", "rotate", "affine", "extend", "composite"];

/** Calls whose result at a pixel depends on its neighbours' colours or on alpha. */
const SPREADING: readonly StageName[] = ["median", "threshold", "blur", "convolve", "modulate", "sharpen"];

const ROTATIONS: readonly StageName[] = ["quarterTurn", "halfTurn", "rotate"];
const RESIZES: readonly StageName[] = ["scale", "cover", "smartCover", "contain"];

/** The conditions in which calls must not share an instance. Each was found by comparison with step-by-step pixels. */
export const SHARING_RULES: readonly SharingRule[] = [
  {
    name: "sharp runs them in another order, or one of them once instead of twice",
    forbids: (calls) => !isStrictlyIncreasing(positionsOf(calls)),
  },
  {
    name: "a rotation replaces an earlier one",
    forbids: (calls) => count(calls, ROTATIONS) > 1,
  },
  {
    name: "a resize replaces an earlier one",
    forbids: (calls) => count(calls, RESIZES) > 1,
  },
  {
    name: "recomb and convolve leave floats behind, with which only linear can work",
    forbids: (calls) =>
      isBefore(
        calls.filter((call) => call !== "linear"),
        ["recomb", "convolve"],
      ),
  },
  {
    name: "colour has no place on grey",
    forbids: (calls) => isBefore(calls, ["greyscale"], ["tint", "recomb", ...ADDING_COLOR]),
  },
  {
    name: "alpha is multiplied into the colours meanwhile",
    forbids: (calls, { hasAlpha }) =>
      hasAlpha &&
      calls.length > 1 &&
      count(calls, PREMULTIPLYING) > 0 &&
      count(calls, WANTING_STRAIGHT_ALPHA) > 0,
  },
  {
    name: "convolve with alpha stands alone",
    forbids: (calls, { hasAlpha }) =>
      hasAlpha && calls.includes("convolve") && count(calls, PREMULTIPLYING) > 1,
  },
  {
    name: "added transparency came too late to be multiplied",
    forbids: (calls) => isBefore(calls, ADDING_COLOR, SPREADING),
  },
  {
    name: "gamma switches shrink-on-load off",
    forbids: (calls) => calls.includes("gamma") && count(calls, RESIZES) > 0,
  },
  {
    name: "an extend after a crop after a resize or another crop lies about its size",
    forbids: (calls) => count(calls, [...RESIZES, "crop"]) > 1 && isBefore(calls, ["crop"], ["extend"]),
  },
  {
    name: "a file's own colours do not fit the colour that is added",
    forbids: (calls, { file }) =>
      file !== null && (!file.isPlain || file.isGrey) && count(calls, ["trim", "tint", ...ADDING_COLOR]) > 0,
  },
  {
    name: "grey has one band, and what is to be mixed or flattened onto three",
    forbids: (calls, { file }) =>
      file !== null && file.isGrey && (calls.includes("flatten") || calls.includes("recomb")),
  },
  {
    name: "an enlargement looks different after the turn by EXIF, which comes too late",
    forbids: (calls, { file }, { grows }) =>
      file !== null && file.isTurned && grows && count(calls, RESIZES) > 0,
  },
  {
    name: "trim cuts before the image is turned",
    forbids: (calls, { file }) => file !== null && file.isTurned && calls.includes("trim"),
  },
];

function count(calls: readonly StageName[], wanted: readonly StageName[]): number {
  return calls.filter((call) => wanted.includes(call)).length;
}

/** Whether one of the first calls is before one of the second, or before any call. */
function isBefore(
  calls: readonly StageName[],
  first: readonly StageName[],
  second?: readonly StageName[],
): boolean {
  const start = calls.findIndex((call) => first.includes(call));
  return start >= 0 && calls.slice(start + 1).some((call) => second === undefined || second.includes(call));
}

function isStrictlyIncreasing(positions: readonly number[]): boolean {
  return positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0));
}
