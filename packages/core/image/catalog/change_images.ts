import type { Image, ImageAttributes } from "../image.ts";

/** Images after a change of their attributes, in their next revision. */
export interface ChangedImages {
  /** Those that stay in their generation. */
  readonly images: readonly Image[];
  /** Those that have become private: they need a new generation, so that earlier URLs and derivatives end. */
  readonly hidden: readonly Image[];
}

/** Changes the attributes of images at a time. `change` returns `null` for an image that does not change. */
export function changeImages(
  before: readonly Image[],
  change: (image: Image) => ImageAttributes | null,
  now: number,
): ChangedImages {
  const images: Image[] = [];
  const hidden: Image[] = [];
  for (const image of before) {
    const attributes = change(image);
    if (!attributes) continue;
    const becomesPrivate = attributes.private && !image.private;
    const changed = { ...image, ...attributes, revision: image.revision + 1, updatedAt: now };
    (becomesPrivate ? hidden : images).push(changed);
  }
  return { images, hidden };
}
