import type { StageName } from "../../transform/planning/stages.ts";
import type { PixelStep } from "../../transform/planning/resolve_steps.ts";
import type { PixelTransform } from "../../transform/contract/transform.ts";

/** The mirrors and the clockwise turn that show pixels as an EXIF orientation means them, in this order. */
interface Turn {
  readonly flip?: boolean;
  readonly flop?: boolean;
  readonly angle?: 90 | 270;
}

/** By orientation. @see https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf § 4.6.4, tag 112 */
const TURNS: Readonly<Record<number, Turn>> = {
  2: { flop: true },
  3: { flip: true, flop: true },
  4: { flip: true },
  5: { flip: true, angle: 90 },
  6: { angle: 90 },
  7: { flop: true, angle: 90 },
  8: { angle: 270 },
};

/** Returns the step that turns the frames of an animation, or none. The decoder turns stills only. */
export function orientFrames(orientation: number): readonly PixelStep[] {
  const turn = TURNS[orientation];
  if (!turn) return [];
  const { flip = false, flop = false, angle } = turn;
  const stages: readonly (readonly [boolean, StageName])[] = [
    [flip, "flip"],
    [flop, "flop"],
    [angle !== undefined, "quarterTurn"],
  ];
  const transform: PixelTransform = {
    name: "orient",
    version: 1,
    summary: "Turns the image as its camera noted it",
    params: {},
    stage: stages.flatMap(([isUsed, stage]) => (isUsed ? [stage] : [])),
    size: ({ width, height }) => (angle ? { width: height, height: width } : { width, height }),
    apply: (image) => {
      const mirrored = image.flip(flip).flop(flop);
      return angle ? mirrored.rotate(angle) : mirrored;
    },
  };
  return [{ transform, args: {} }];
}
