import { positionsOf, type StageName } from "./stages.ts";

/** The image that a sharp instance begins with. */
export interface InstanceImage {
  readonly hasAlpha: boolean;
  /** Its file, if it reads one: what decoding has not yet made plain. `null` for pixels that were computed. */
  readonly file: {
    /** EXIF orientation turns it. */
    readonly isTurned: boolean;
    readonly isGrey: boolean;
    /** sRGB or grey, and no embedded profile says otherwise. */
    readonly isPlain: boolean;
  } | null;
}

/** What the steps of an instance do beyond their calls. */
export interface InstanceTraits {
  /** One of them enlarges the image. */
  readonly grows: boolean;
}

/** A reason for which calls must not share a sharp instance although each alone is right. */
export interface SharingRule {
  readonly name: string;
  readonly forbids: (calls: readonly StageName[], image: InstanceImage, traits: InstanceTraits) => boolean;
}

/** Calls before which sharp multiplies the colours by alpha, until all are done. */
const PREMULTIPLYING: readonly StageName[] = [
  "scale",
  "cover",
  "smartCover",
  "contain",
  "blur",
  "convolve",
  "sharpen",
];

/** Calls that go wrong on premultiplied colours. */
const WANTING_STRAIGHT_ALPHA: readonly StageName[] = ["threshold", "modulate", "median", "rotate", "affine"];

/** Calls that add pixels of a colour of their own, perhaps a transparent one. */
const ADDING_COLOR: readonly StageName[] = ["contain", "rotate", "affine", "extend", "composite"];

/** Calls whose result at a pixel depends on its neighbours' colours or on alpha. */
const SPREADING: readonly StageName[] = ["median", "threshold", "blur", "convolve", "modulate", "sharpen"];

const ROTATIONS: readonly StageName[] = ["quarterTurn", "halfTurn", "rotate"];
const RESIZES: readonly StageName[] = ["scale", "cover", "smartCover", "contain"];

/** When calls must not share an instance. Each line was found by comparing with step-by-step pixels. */
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
    name: "an extend after a crop after a resize lies about its size",
    forbids: (calls) => count(calls, RESIZES) > 0 && isBefore(calls, ["crop"], ["extend"]),
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

/** Tells whether one of some calls stands before one of others, or before any. */
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
