/**
 * The order in which sharp runs the calls on one instance, low numbers first, regardless of the order of the calls. Read from its
 * `pipeline.cc` (0.35) and checked by tests. A crop after a resize or an earlier crop runs at 90. The names are our own. A turn by 90° or
 * 270° is a `quarterTurn`, one by 180° a `halfTurn`, one by any other angle a `rotate`. `scale` is a resize by fit `fill`, which changes
 * only the number of pixels. `smartCover` is a cover that depends on the pixels.
 */
export const STAGE_POSITIONS = {
  trim: 10,
  crop: 20,
  flatten: 30,
  greyscale: 40,
  scale: 50,
  flip: 60,
  flop: 61,
  quarterTurn: 62,
  halfTurn: 62,
  cover: 70,
  smartCover: 70,
  contain: 70,
  rotate: 80,
  affine: 100,
  extend: 110,
  median: 120,
  threshold: 130,
  blur: 160,
  convolve: 180,
  recomb: 190,
  modulate: 200,
  sharpen: 210,
  composite: 220,
  gamma: 230,
  linear: 240,
  normalise: 250,
  clahe: 260,
  tint: 280,
  negate: 310,
} as const;

/** A call on a sharp instance, named after its effect. */
export type StageName = keyof typeof STAGE_POSITIONS;

/** Whether a word is the name of a stage. */
export function isStageName(name: unknown): name is StageName {
  return typeof name === "string" && Object.hasOwn(STAGE_POSITIONS, name);
}

const CROP_AFTER_RESIZE = 90;
const RESIZES: ReadonlySet<StageName> = new Set(["scale", "cover", "smartCover", "contain"]);
const ROTATIONS: ReadonlySet<StageName> = new Set(["quarterTurn", "halfTurn", "rotate"]);

/** The positions of mirrors and rotations when sharp runs them first. */
const POSITIONS_BEFORE_ALL: Readonly<Partial<Record<StageName, number>>> = {
  flip: 1,
  flop: 2,
  quarterTurn: 3,
  halfTurn: 3,
  rotate: 4,
};

/**
 * Returns the positions at which sharp runs the given calls on one instance. Replays the state of sharp's builder. A resize, a trim or a
 * first crop called after a rotation moves all mirrors and rotations before everything else.
 */
export function positionsOf(calls: readonly StageName[]): readonly number[] {
  let hasRotation = false;
  let hasResize = false;
  let hasCrop = false;
  let rotatesFirst = false;
  const positions: number[] = [];
  for (const call of calls) {
    const isLateCrop = call === "crop" && (hasResize || hasCrop);
    positions.push(isLateCrop ? CROP_AFTER_RESIZE : STAGE_POSITIONS[call]);
    const looksForRotation = RESIZES.has(call) || call === "trim" || (call === "crop" && !isLateCrop);
    rotatesFirst ||= hasRotation && looksForRotation;
    hasRotation ||= ROTATIONS.has(call);
    hasResize ||= RESIZES.has(call);
    hasCrop ||= call === "crop";
  }
  if (!rotatesFirst) return positions;
  return calls.map((call, index) => POSITIONS_BEFORE_ALL[call] ?? positions[index] ?? 0);
}
