import { resultOf } from "./find_images.ts";
import { forgetDerivatives, olderThan } from "./forget_derivatives.ts";
import { isImageId } from "./image/image_id.ts";
import type { Image } from "./image/image.ts";
import type { Ports } from "./ports.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/** Purges each image of a selection, as {@linkcode purgeImage} does for one: `image_not_found` for one that is not there. */
export async function* purgeSelection(
  ports: Pick<Ports, "catalog" | "derivatives" | "now">,
  selection: ImageSelection,
): AsyncGenerator<SelectedImage<Image>, void> {
  for await (const ids of selectImages(ports, selection)) {
    const images = await ports.catalog.purge(ids.filter(isImageId));
    const [first] = images;
    const sources = images.map(({ sha256 }) => sha256);
    if (first) void forgetDerivatives(ports, (cache) => cache.forget(sources, olderThan(first.generation)));
    const purged = new Map(images.map((image) => [image.id, image]));
    for (const id of ids) yield { id, result: resultOf(purged.get(id)) };
  }
}
