import type { StepGroup } from "../transform/planning/plan_groups.ts";
import { equalSizes } from "../transform/planning/size.ts";
import { frameOf, pictureOfPixels, type PixelPicture, type Pixels } from "./picture.ts";
import { computePixels, type StepImages } from "./run_group.ts";

/**
 * Computes the pixels of a group frame by frame, and stacks the results vertically.
 *
 * @throws {ProgImageError} as {@linkcode computePixels} does
 */
export async function computeFrames(
  picture: PixelPicture,
  group: StepGroup,
  images: StepImages,
): Promise<PixelPicture> {
  const { pixels, playback, pages: count } = picture;
  const frame = (index: number) => pictureOfPixels(frameOf(pixels, index), playback);
  const open = (index: number) => frame(index).open();
  const once = onlyOnce();
  const results: Pixels[] = [];
  for (let index = 0; index < count; index++) {
    const result = await computePixels(frame(index), group, { images, frames: { index, count, open, once } });
    results.push(result.pixels);
  }
  return pictureOfPixels(stack(results), playback);
}

/** Returns a function that computes at its first call and returns the same result at all later ones. */
function onlyOnce(): <T>(compute: () => Promise<T>) => Promise<T> {
  let result: Promise<unknown> | undefined;
  return <T>(compute: () => Promise<T>) => (result ??= compute()) as Promise<T>;
}

function stack(frames: readonly Pixels[]): Pixels {
  const [first] = frames;
  if (!first) throw new Error("Cannot make an animation without frames");
  const { size, channels } = first;
  const misfit = frames.find((frame) => !equalSizes(frame.size, size) || frame.channels !== channels);
  if (misfit) throw new Error("Cannot make an animation as its frames differ in size or channels");
  return { data: Buffer.concat(frames.map(({ data }) => data)), size, channels, pages: frames.length };
}
