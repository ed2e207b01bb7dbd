import type { Metadata } from "sharp";
import { ProgImageError } from "../../error.ts";
import type { Limits } from "../../limits.ts";
import { countDrawn } from "./count_drawn.ts";
import { embeddedFiles } from "./embedded_files.ts";
import { expandEntities } from "./expand_entities.ts";
import { svgText } from "./svg_text.ts";

/** Reads the header of a raster image. */
type ReadHeader = (file: Buffer) => Promise<Pick<Metadata, "height" | "width"> | null>;

/** The most elements that an SVG may draw, including repeated ones. Drawing 100,000 takes a second. */
const MOST_DRAWN = 200_000;
/** The most files that an SVG may embed, including those embedded in them. */
const MOST_FILES = 256;
/** The deepest nesting of SVGs. */
const MOST_DEPTH = 4;
/** How many times the limit of an SVG's bytes a document may have after its entities are expanded. */
const MOST_GROWTH = 8;

/** A document without any of these does not grow and embeds nothing. */
const NOTABLE_REGEXP = /use[\s/>]|data:|&#|<!ENTITY/i;

/** The totals found so far. */
interface Findings {
  drawn: number;
  files: number;
  pixels: number;
}

/**
 * Rejects an SVG that draws too many elements or embeds images with too many pixels. Checks its text, before drawing or decoding. Does not
 * check filters: the probe of an upload draws the SVG at its own size.
 *
 * @throws {ProgImageError} `too_costly`, `too_many_pixels`
 */
export async function checkSvg(svg: Buffer, limits: Limits, readHeader: ReadHeader): Promise<void> {
  const text = textOf(svg, limits) ?? svg.toString("latin1");
  await check(text, 0, { drawn: 0, files: 0, pixels: 0 }, { limits, readHeader });
}

interface Tools {
  readonly limits: Limits;
  readonly readHeader: ReadHeader;
}

async function check(text: string, depth: number, found: Findings, tools: Tools): Promise<void> {
  if (!NOTABLE_REGEXP.test(text)) return;
  const written = expandEntities(text, MOST_GROWTH * tools.limits.svgBytes);
  if (written === null) throw tooCostly("its entities make it too long");
  found.drawn += countDrawn(written, MOST_DRAWN);
  if (found.drawn > MOST_DRAWN) throw tooCostly(`it draws more than ${MOST_DRAWN} elements`);
  for (const file of embeddedFiles(written)) {
    if (++found.files > MOST_FILES) throw tooCostly(`it holds more than ${MOST_FILES} files`);
    const nested = textOf(file, tools.limits);
    if (nested === null) await checkRaster(file, found, tools);
    else if (depth >= MOST_DEPTH) throw tooCostly(`it holds SVGs more than ${MOST_DEPTH} deep`);
    else await check(nested, depth + 1, found, tools);
  }
}

/** Returns the text of an SVG, or `null` for a raster image. */
function textOf(file: Buffer, { svgBytes }: Limits): string | null {
  try {
    return svgText(file, svgBytes);
  } catch (error) {
    throw tooCostly("it is compressed, and becomes too large", { cause: error });
  }
}

async function checkRaster(file: Buffer, found: Findings, { limits, readHeader }: Tools): Promise<void> {
  const header = await readHeader(file);
  if (!header) return;
  const { width, height } = header;
  const { inputPixels, inputSide } = limits;
  if (Math.max(width, height) > inputSide) {
    const text = `hold images of at most ${inputSide} pixels width and height: it holds one of ${width} × ${height}`;
    throw tooManyPixels(text, inputSide);
  }
  found.pixels += width * height;
  if (found.pixels > inputPixels) {
    const text = `hold images of at most ${inputPixels} pixels together: it holds ${found.pixels}`;
    throw tooManyPixels(text, inputPixels);
  }
}

function tooManyPixels(text: string, limit: number): ProgImageError {
  return new ProgImageError("too_many_pixels", `Cannot read SVG as it may ${text}`, { details: { limit } });
}

function tooCostly(reason: string, options?: ErrorOptions): ProgImageError {
  return new ProgImageError("too_costly", `Cannot read SVG as it costs too much: ${reason}`, options);
}
