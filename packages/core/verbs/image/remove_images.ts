import { resultOf } from "./find_images.ts";
import { forgetDerivatives, type ForgetDerivativesOptions } from "../render/forget_derivatives.ts";
import type { RemovedImage } from "../../image/catalog/image_catalog.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/** Sources whose files are removed in one pass. A pass reads up to 256 folders, for any number of sources. */
const SOURCES_AT_ONCE = 10_000;

/**
 * Deletes each image of a selection, as {@linkcode removeImage}. A missing image results in `image_not_found`. Derivatives are removed
 * soon after the last image, or earlier if there are many.
 */
export async function* removeImages(
  ports: Pick<Ports, "catalog" | "derivatives" | "now">,
  selection: ImageSelection,
  options: ForgetDerivativesOptions = {},
): AsyncGenerator<SelectedImage<RemovedImage>, void> {
  let sources = new Set<string>();
  const free = () => {
    const digests = [...sources];
    sources = new Set();
    if (digests.length > 0) void forgetDerivatives(ports, (cache) => forget(ports, cache, digests), options);
  };
  try {
    for await (const ids of selectImages(ports, selection)) {
      const images = await ports.catalog.removeMany(ids.filter(isImageId));
      for (const { sha256 } of images) sources.add(sha256);
      if (sources.size >= SOURCES_AT_ONCE) free();
      const removed = new Map(images.map((image) => [image.id, image]));
      for (const id of ids) yield { id, result: resultOf(removed.get(id)) };
    }
  } finally {
    free();
  }
}

/** Keeps the derivatives of bytes that other images have. */
async function forget(
  { catalog }: Pick<Ports, "catalog">,
  derivatives: Pick<Ports["derivatives"], "forget">,
  digests: readonly string[],
): Promise<void> {
  const used = await catalog.referenced(digests);
  await derivatives.forget(digests.filter((digest) => !used.has(digest)));
}
