import type { StepContext } from "@progimage/core/plugin";
import type { Sharp } from "sharp";
import { type Blend, mixInto } from "./blend.ts";
import { CHANNELS, layerOf, type PlacedLayer } from "./layer.ts";

/**
 * Lays a layer, which lies wholly within it, on a picture. A picture without alpha stays one. The instance is to do nothing else.
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
