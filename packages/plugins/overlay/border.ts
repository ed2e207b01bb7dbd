import { color, cssColor, defineTransform, integer, opacityOf, type Size } from "@progimage/core/plugin";
import type { OverlayOptions } from "sharp";

/** Draws a frame along the edges, inside the image, whose size stays. Around an image, `pad` makes room. */
export const border = defineTransform({
  name: "border",
  version: 1,
  summary: "Draws a frame along the edges of the image",
  params: {
    width: integer({ min: 1, max: 1000, default: 4, summary: "Width of the frame in pixels" }),
    color: color({ default: "000000", summary: "Of the frame" }),
    radius: integer({
      min: 0,
      max: 8192,
      default: 0,
      summary: "Radius of its corners in pixels; what is outside becomes transparent",
    }),
  },
  examples: ["border=6,color:white", "border=10,color:ffba08c0,radius:30"],
  shorthand: "width",
  apply: (image, { width, color, radius }, { input, hasAlpha }) => {
    const frame =
      radius === 0 ? straightFrame(input, width, color) : roundFrame(input, { width, color, radius });
    const framed = image.composite([...frame]);
    return hasAlpha || radius > 0 ? framed : framed.removeAlpha();
  },
});

/** Returns four strips, which do not overlap, so that translucent corners are not darker. */
function straightFrame(size: Size, width: number, color: string): readonly OverlayOptions[] {
  const [across, down] = [Math.min(width, size.width), Math.min(width, size.height)];
  const between = size.height - 2 * down;
  const strips = [
    { left: 0, top: 0, width: size.width, height: down },
    {
      left: 0,
      top: Math.max(down, size.height - down),
      width: size.width,
      height: Math.min(down, size.height - down),
    },
    { left: 0, top: down, width: across, height: between },
    {
      left: Math.max(across, size.width - across),
      top: down,
      width: Math.min(across, size.width - across),
      height: between,
    },
  ];
  return strips
    .filter((strip) => strip.width > 0 && strip.height > 0)
    .map(({ left, top, ...strip }) => ({
      input: { create: { ...strip, channels: 4 as const, background: cssColor(color) } },
      left,
      top,
    }));
}

interface Frame {
  readonly width: number;
  readonly color: string;
  readonly radius: number;
}

/** Returns a ring between two round rectangles, and a sheet that cuts off what is outside of it. */
function roundFrame({ width, height }: Size, frame: Frame): readonly OverlayOptions[] {
  const outer = roundRectangle({ width, height }, 0, frame.radius);
  const inner = roundRectangle({ width, height }, frame.width, frame.radius - frame.width);
  const draw = (path: string, fill: string) => ({
    input: Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path fill-rule="evenodd" d="${path}" ${fill}/></svg>`,
    ),
  });
  const fill = `fill="#${frame.color.slice(0, 6)}" fill-opacity="${opacityOf(frame.color)}"`;
  return [draw(outer + inner, fill), { ...draw(outer, ""), blend: "dest-in" }];
}

/** Returns the path of a rectangle inside the edges of a box; empty if there is no room for it. */
function roundRectangle(box: Size, inset: number, radius: number): string {
  const [width, height] = [box.width - 2 * inset, box.height - 2 * inset];
  if (width <= 0 || height <= 0) return "";
  const corner = Math.max(0, Math.min(radius, width / 2, height / 2));
  const arc = (right: number, down: number) => `a${corner} ${corner} 0 0 1 ${right} ${down}`;
  return [
    `M${inset + corner} ${inset}h${width - 2 * corner}${arc(corner, corner)}v${height - 2 * corner}${arc(-corner, corner)}`,
    `h${2 * corner - width}${arc(-corner, -corner)}v${2 * corner - height}${arc(corner, -corner)}z`,
  ].join("");
}
