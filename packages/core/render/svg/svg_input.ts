import { constants, gunzipSync } from "node:zlib";
import { svgText } from "./svg_text.ts";

/** An SVG as the decoder gets it. */
export interface SvgInput {
  readonly svg: Buffer;
  /** Pixels an inch, at which the decoder draws it. */
  readonly density: number;
}

/** Returns the size in pixels that the decoder gives an SVG. */
type MeasureSvg = (
  svg: Buffer,
  density: number,
) => Promise<{ readonly width: number; readonly height: number }>;

/** The density at which libvips draws a pixel of an SVG as a pixel. */
const NATIVE_DENSITY = 72;
/** The density of CSS. @see https://www.w3.org/TR/css-values-3/#absolute-lengths */
const CSS_DENSITY = 96;

const PHYSICAL_REGEXP = /[\d.](?:mm|cm|in|pt|pc)\b/i;
const DECLARATION_REGEXP = /^\s*<\?xml[^>]*\?>/;
const ENCODING_REGEXP = /\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')/;
/** libvips recognises an SVG by these characters near its beginning. */
const RECOGNISED_REGEXP = /<svg/i;
const RECOGNISED_CHARACTERS = 900;
const ROOT_REGEXP = /<(?:[\w-]+:)?svg[\s>/]/i;

/** The most bytes to which the beginning of a compressed file may grow. */
const MOST_BEGINNING = 8_000_000;

/** Whether the beginning of a file may be that of an SVG, also a compressed one, one in UTF-16, or one whose tags have a prefix. */
export function looksLikeSvg(beginning: Buffer): boolean {
  try {
    const isCompressed = beginning[0] === 0x1f && beginning[1] === 0x8b;
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_BEGINNING };
    const bytes = isCompressed ? gunzipSync(beginning, options) : beginning;
    return ROOT_REGEXP.test(svgText(bytes, MOST_BEGINNING) ?? bytes.toString("latin1"));
  } catch {
    return false;
  }
}

/**
 * Prepares an SVG for the decoder, which reads neither UTF-16 nor a root with a prefix, and takes an inch as 72 pixels instead of 96. One
 * with lengths in other units than pixels is drawn at 96 pixels an inch, within a frame that shrinks pixels back to their size.
 */
export async function prepareSvg(file: Buffer, most: number, measure: MeasureSvg): Promise<SvgInput> {
  const { text, encoding } = readText(file, most);
  const isRecognised = RECOGNISED_REGEXP.test(text.slice(0, RECOGNISED_CHARACTERS));
  const written = isRecognised ? text : afterDeclaration(text, "<!--<svg -->");
  const svg = Buffer.from(written, encoding);
  if (!PHYSICAL_REGEXP.test(text)) return { svg, density: NATIVE_DENSITY };
  const framed = await inFrame(written, (framedText) => Buffer.from(framedText, encoding), measure);
  return framed ? { svg: framed, density: CSS_DENSITY } : { svg, density: NATIVE_DENSITY };
}

/** Each byte is a character, unless the file is in UTF-16, which becomes UTF-8. */
function readText(
  file: Buffer,
  most: number,
): { readonly text: string; readonly encoding: "latin1" | "utf8" } {
  const text = svgText(file, most) ?? file.toString("latin1");
  const isWide = [file[0], file[1]].includes(0) || file.readUInt16BE(0) >= 0xfeff;
  if (!isWide) return { text, encoding: "latin1" };
  const declared = DECLARATION_REGEXP.exec(text.replace(/^\ufeff/, ""))?.[0] ?? "";
  const rest = text.replace(/^\ufeff/, "").slice(declared.length);
  return { text: declared.replace(ENCODING_REGEXP, "") + rest, encoding: "utf8" };
}

function afterDeclaration(text: string, inserted: string): string {
  const end = DECLARATION_REGEXP.exec(text)?.[0].length ?? 0;
  return text.slice(0, end) + inserted + text.slice(end);
}

/** Returns an SVG within another one that has its size in pixels; `null` if its root is not found. */
async function inFrame(
  text: string,
  encode: (text: string) => Buffer,
  measure: MeasureSvg,
): Promise<Buffer | null> {
  const root = rootOf(text);
  if (root === null) return null;
  const toPixels = NATIVE_DENSITY / CSS_DENSITY;
  const measured = await measure(encode(text), CSS_DENSITY);
  const width = Math.max(Math.round(measured.width * toPixels), 1);
  const height = Math.max(Math.round(measured.height * toPixels), 1);
  const size = `width="${width * toPixels}" height="${height * toPixels}" viewBox="0 0 ${width} ${height}"`;
  const start = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`;
  return encode(`${text.slice(0, root)}${start}${text.slice(root)}</svg>`);
}

/** Returns where the root element begins, behind comments and declarations. */
function rootOf(text: string): number | null {
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    if (text.startsWith("<!--", at)) at = skip(text, "-->", at);
    else if (text.startsWith("<?", at)) at = skip(text, "?>", at);
    else if (text.startsWith("<!", at)) at = skip(text, ">", at);
    else return at;
  }
  return null;
}

function skip(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at + end.length;
}
