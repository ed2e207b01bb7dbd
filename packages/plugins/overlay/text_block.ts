import { opacityOf, type Size, type StepContext, type Position } from "@progimage/core/plugin";
import { type Area, pixelsWithin, turnedArea, turnedSize, widen } from "./area.ts";
import { addBackdrop } from "./backdrop.ts";
import { type Placement, placeInside } from "./placement.ts";
import { blankLayer, cutTo, fade, type PlacedLayer } from "./layer.ts";
import { outline, outlineMargin } from "./outline.ts";
import { drawText, type TextStyle } from "./text_layer.ts";
import { turnWithin } from "./turn.ts";

/** The style and position of a text. All lengths are in pixels. */
export interface TextBlockStyle extends Placement, Omit<TextStyle, "color" | "width"> {
  /** The width at which lines are wrapped. If omitted, the picture's width. */
  readonly width: number | undefined;
  /** The colour of the letters, `rrggbb` or `rrggbbaa`. */
  readonly color: string;
  /** The width of the outline; 0 for none. */
  readonly outline: number;
  readonly outlineColor: string;
  /** The colour of the box behind the text; `null` for none. */
  readonly boxColor: string | null;
  /** The distance between the text and the edge of its box, even if that is not visible. */
  readonly padding: number;
  /** The opacity of the whole, from 0 to 1. */
  readonly opacity: number;
  /** The rotation in degrees, clockwise. */
  readonly angle: number;
}

/** Draws the visible part of a text in a picture, with its outline and box; `null` if nothing is visible. */
export async function textBlock(
  text: string,
  style: TextBlockStyle,
  size: Size,
  tools: Pick<StepContext, "fonts" | "sharp">,
): Promise<PlacedLayer | null> {
  const picture = { left: 0, top: 0, ...size };
  const frame = style.padding + outlineMargin(style.outline);
  const width = style.width ?? Math.max(1, size.width - 2 * frame);
  const pixels = size.width * (size.height + 2 * style.leading);
  const { layer, margin } = await drawText(
    text,
    { ...style, color: style.color.slice(0, 6), width },
    pixels,
    tools,
  );
  const box = { width: layer.width + 2 * frame, height: layer.height - 2 * margin + 2 * frame };
  const turn = { center: centerOf(box, style, size), angle: style.angle };
  const corner = { left: turn.center.left - box.width / 2, top: turn.center.top - box.height / 2 };
  const letters = { ...layer, left: corner.left + frame, top: corner.top + frame - margin };
  const visible = widen(turnedArea(picture, { ...turn, angle: -turn.angle }), 1);
  const upright = drawAround(letters, { ...box, ...corner }, visible, style);
  const turned = upright && turn.angle % 360 !== 0 ? turnWithin(picture, upright, turn) : upright;
  return turned && cutTo(picture, fade(turned, style.opacity));
}

/** Adds the visible parts of outline and box. */
function drawAround(
  letters: PlacedLayer,
  box: Area,
  visible: Area,
  style: TextBlockStyle,
): PlacedLayer | null {
  const { outline: width, outlineColor: color } = style;
  const opacity = opacityOf(style.color);
  const near = cutTo(widen(visible, outlineMargin(width)), letters);
  const drawn = near && (width === 0 ? fade(near, opacity) : outline(near, { width, color, opacity }));
  if (style.boxColor === null) return drawn;
  const { left, top, ...seen } = pixelsWithin(box, visible);
  if (seen.width === 0 || seen.height === 0) return drawn;
  const behind = { left: box.left + left, top: box.top + top, ...seen };
  return addBackdrop(drawn ?? { ...blankLayer(seen), ...behind }, behind, style.boxColor);
}

/** Returns the centre of a block. A block that is too tall shows its beginning. */
function centerOf(box: Size, style: TextBlockStyle, picture: Size): Position {
  const turned = turnedSize(box, style.angle);
  const { left, top } = placeInside(picture, turned, style);
  return {
    left: left + turned.width / 2,
    top: (turned.height > picture.height ? Math.max(top, 0) : top) + turned.height / 2,
  };
}
