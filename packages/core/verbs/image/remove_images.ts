import { resultOf } from "./find_images.ts";
import { forgetDerivatives, type ForgetDerivativesOptions } from "../render/forget_derivatives.ts";
import { sourceOf } from "../../derivative/derivative_key.ts";
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
  ports: Pick<Ports, "catalog" | "derivatives" | "ledger" | "now">,
  selection: ImageSelection,
  options: ForgetDerivativesOptions = {},
): AsyncGenerator<SelectedImage<RemovedImage>, void> {
  let sources = new Set<string>();
  const free = () => {
    const freed = [...sources];
    sources = new Set();
    if (freed.length > 0) void forgetDerivatives(ports, (cache) => forget(ports, cache, freed), options);
  };
  try {
    for await (const ids of selectImages(ports, selection)) {
      const images = await ports.catalog.removeMany(ids.filter(isImageId));
      for (const image of images) sources.add(sourceOf(image));
      if (sources.size >= SOURCES_AT_ONCE) free();
      const removed = new Map(images.map((image) => [image.id, image]));
      for (const id of ids) yield { id, result: resultOf(removed.get(id)) };
    }
  } finally {
    free();
  }
}

/** Keeps the derivatives of bytes that other images of the owner have. */
async function forget(
  { ledger }: Pick<Ports, "ledger">,
  derivatives: Pick<Ports["derivatives"], "forget">,
  sources: readonly string[],
): Promise<void> {
  const used = await ledger.referenced(sources);
  await derivatives.forget(sources.filter((source) => !used.has(source)));
}
