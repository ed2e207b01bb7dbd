import { join } from "node:path";
import { psnr } from "@progimage/core/testing";
import { type Checked, tooUnlike } from "./testing_finding.ts";
import { type Input, SCENE } from "./testing_inputs.ts";
import type { ConvertByTool, ToolName } from "./testing_reference_tools.ts";
import { pixelsOf, type Stage } from "./testing_stage.ts";

/** A recipe, and how another program does the same. */
interface Reference {
  readonly query: string;
  readonly tool: ToolName;
  readonly parameters: readonly string[];
  /** The least likeness in decibels. Programs round, cut kernels off and treat borders differently. */
  readonly least: number;
  /** The inputs that both sides can read in the same way. @default all opaque stills */
  readonly inputs?: RegExp;
}

/** The colour matrices of CSS: https://www.w3.org/TR/filter-effects-1/#FilterPrimitiveRepresentation */
const SEPIA = "0.393 0.769 0.189 0.349 0.686 0.168 0.272 0.534 0.131";

/** The luminance of linear light, by IEC 61966-2-1. */
const LUMINANCE = Array(3).fill("0.2126 0.7152 0.0722").join(" ");

const { cos, sin, PI } = Math;

/** Returns the matrix of `hue-rotate()`. */
function hueRotate(degrees: number): string {
  const [c, s] = [cos((degrees * PI) / 180), sin((degrees * PI) / 180)];
  return [
    [0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715, 0.072 - c * 0.072 + s * 0.928],
    [0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.14, 0.072 - c * 0.072 - s * 0.283],
    [0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715, 0.072 + c * 0.928 + s * 0.072],
  ]
    .flat()
    .map((value) => value.toFixed(6))
    .join(" ");
}

const OPAQUE = /^(?:JPEG|grey JPEG|turned JPEG|PNG|PNG of 16 bits|PNG with a palette|TIFF)$/;
/** ImageMagick has one channel for a grey file, to which a matrix of colours does not apply. */
const COLOURED = /^(?:JPEG|turned JPEG|PNG|PNG of 16 bits|PNG with a palette|TIFF)$/;

const ELLIPSE = `ellipse ${(SCENE.width - 1) / 2},${(SCENE.height - 1) / 2} ${SCENE.width / 2},${SCENE.height / 2} 0,360`;

/** The steps that other programs have in the same meaning. */
export const REFERENCES: readonly Reference[] = [
  magick("resize=60x", ["-filter", "Lanczos", "-resize", "60x"], 34),
  magick("resize=60x60,fit:fill", ["-filter", "Lanczos", "-resize", "60x60!"], 34),
  magick(
    "resize=61x50,fit:cover",
    ["-filter", "Lanczos", "-resize", "61x50^", "-gravity", "center", "-extent", "61x50"],
    34,
  ),
  magick("resize=50pctx", ["-filter", "Lanczos", "-resize", "61x41!"], 30),
  magick("crop=x:10,y:20,width:50,height:30", ["-crop", "50x30+10+20", "+repage"], 50),
  magick("flip", ["-flip"], 50),
  magick("flop", ["-flop"], 50),
  magick("rotate=90", ["-rotate", "90"], 50),
  magick("rotate=180", ["-rotate", "180"], 50),
  magick("pad=20,background:white", ["-bordercolor", "white", "-border", "20"], 50),
  magick("negate", ["-channel", "RGB", "-negate"], 50),
  magick(
    "grayscale",
    ["-colorspace", "RGB", "-color-matrix", LUMINANCE, "-colorspace", "sRGB"],
    45,
    COLOURED,
  ),
  magick("brightness=1.3", ["-channel", "RGB", "-evaluate", "multiply", "1.3"], 45),
  magick("contrast=1.5", ["-channel", "RGB", "-function", "polynomial", "1.5,-0.25"], 45),
  magick("gamma=1.8", ["-channel", "RGB", "-gamma", "1.8"], 42),
  magick("sepia", ["-color-matrix", SEPIA], 42, COLOURED),
  magick("hue=90", ["-color-matrix", hueRotate(90)], 40, COLOURED),
  magick("duotone=shadow:000000,highlight:ffffff", ["-grayscale", "Rec709Luma"], 42),
  magick("blur=4", ["-blur", "0x4"], 38),
  magick("median=3", ["-statistic", "Median", "3x3"], 36),
  magick(
    "mask=ellipse",
    ["(", "+clone", "-fill", "black", "-colorize", "100", "-fill", "white", "-draw", ELLIPSE, ")"].concat([
      "-alpha",
      "off",
      "-compose",
      "CopyOpacity",
      "-composite",
    ]),
    28,
  ),
  { query: "", tool: "pillow", parameters: [], least: 45, inputs: /^PNG in Display P3$/ },
  { query: "", tool: "rsvg-convert", parameters: [], least: 35, inputs: /^SVG$/ },
  {
    query: "resize=60x",
    tool: "rsvg-convert",
    parameters: ["-w", "60", "-h", "40"],
    least: 30,
    inputs: /^SVG$/,
  },
  {
    query: "resize=60x",
    tool: "vipsthumbnail",
    parameters: ["-s", "60x"],
    least: 38,
    inputs: /^(?:JPEG|PNG|TIFF)$/,
  },
];

function magick(query: string, parameters: readonly string[], least: number, inputs?: RegExp): Reference {
  const upright = ["-auto-orient", "-depth", "8"];
  return { query, tool: "imagemagick", parameters: [...upright, ...parameters], least, inputs };
}

/** Renders a recipe, and lets another program do the same with the same file. */
export async function checkReference(
  stage: Stage,
  input: Input,
  { query, tool, parameters, least }: Reference,
  convert: ConvertByTool,
): Promise<Checked> {
  const render = `${query} .png`;
  const { status, bytes } = await stage.render(await stage.store(input), query, "png");
  if (status !== 200) return { input: input.name, render, fault: `status ${status}` };
  const path = join(stage.folder, crypto.randomUUID());
  await Bun.write(`${path}.${input.format}`, input.bytes);
  await convert(`${path}.${input.format}`, `${path}-other.png`, parameters);
  const [ours, theirs] = [
    await pixelsOf(bytes),
    await pixelsOf(Buffer.from(await Bun.file(`${path}-other.png`).bytes())),
  ];
  const fault =
    ours.width === theirs.width && ours.height === theirs.height
      ? tooUnlike(`unlike ${tool}`, psnr(ours, theirs), least)
      : `size ${ours.width} × ${ours.height}, by ${tool} ${theirs.width} × ${theirs.height}`;
  return { input: input.name, render, fault };
}

/** Whether a reference can be compared for an input. */
export function suits({ inputs = OPAQUE }: Reference, { name }: Input): boolean {
  return inputs.test(name);
}
