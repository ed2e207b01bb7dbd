import type { StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { type Blend, mixInto } from "./blend.ts";
import { CHANNELS, layerOf, type PlacedLayer } from "./layer.ts";

/**
 * Puts a layer, which must be entirely inside, on a picture. A picture without alpha stays without. The instance must have no other calls.
 */
export async function compose(
  image: Sharp,
  layer: PlacedLayer | null,
  blend: Blend,
  { hasAlpha }: Pick<StepContext, "hasAlpha">,
): Promise<Sharp> {
  if (!layer) return image;
  const { width, height, left, top } = layer;
  const { data: input } =
    blend === "over"
      ? layer
      : mixInto(layer, await layerOf(image.clone().extract({ left, top, width, height })), blend);
  const laid = image.composite([{ input, raw: { width, height, channels: CHANNELS }, left, top }]);
  return hasAlpha ? laid : laid.removeAlpha();
}
