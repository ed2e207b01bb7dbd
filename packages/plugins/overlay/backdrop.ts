import { opacityOf } from "@progimage/core/plugin";
import { type Area, enclosing, pixelsWithin } from "./area.ts";
import { blankLayer, CHANNELS, copyInto, type PlacedLayer } from "./layer.ts";

/**
 * Puts an area of a colour behind a layer by Porter and Duff's `over`, and enlarges the layer if necessary. Both use the same pixel grid.
 *
 * @param color `rrggbb` or `rrggbbaa`
 */
export function addBackdrop(layer: PlacedLayer, area: Area, color: string): PlacedLayer {
  const both = enclosing(layer, area);
  const whole = { ...blankLayer(both), left: both.left, top: both.top };
  copyInto(whole, layer, { left: layer.left - both.left, top: layer.top - both.top });
  const { data, width } = whole;
  const [red = 0, green = 0, blue = 0] = Buffer.from(color.slice(0, 6), "hex");
  const opacity = opacityOf(color);
  const inside = pixelsWithin(whole, area);
  for (let row = inside.top; row < inside.top + inside.height; row++) {
    const start = (row * width + inside.left) * CHANNELS;
    for (let offset = start; offset < start + inside.width * CHANNELS; offset += CHANNELS) {
      const above = (data[offset + 3] ?? 0) / 255;
      const below = (1 - above) * opacity;
      const sum = above + below;
      if (sum === 0) continue;
      data[offset] = Math.round(((data[offset] ?? 0) * above + red * below) / sum);
      data[offset + 1] = Math.round(((data[offset + 1] ?? 0) * above + green * below) / sum);
      data[offset + 2] = Math.round(((data[offset + 2] ?? 0) * above + blue * below) / sum);
      data[offset + 3] = Math.round(sum * 255);
    }
  }
  return whole;
}
