import { readBeginning } from "../input/image_signature.ts";
import { type ColorDescription, fromCodes } from "./color_description.ts";

/** The properties of images are in the `meta` box, which writers put first. */
const SEARCHED_BYTES = 65_536;

/** The bytes of a full box before its content. */
const FULL_BOX_BYTES = 4;

/**
 * Returns the colours that an AVIF declares by code points (`nclx`), or `null` if it declares none. Blocks, so it must not run in a process
 * that serves HTTP.
 *
 * @see https://aomediacodec.github.io/av1-avif/ and ISO/IEC 14496-12 § 12.1.5
 */
export function readAvifColor(path: string): ColorDescription | null {
  const properties = propertiesOf(readBeginning(path, SEARCHED_BYTES));
  const nclx = properties.find(
    ({ name, body }) => name === "colr" && body.toString("latin1", 0, 4) === "nclx",
  )?.body;
  if (!nclx || nclx.length < 11) return null;
  const codes = [
    nclx.readUInt16BE(4),
    nclx.readUInt16BE(6),
    nclx.readUInt16BE(8),
    nclx.readUInt8(10) >> 7,
  ] as const;
  // libheif does not expand the range of images without colour. Alpha is an image without colour, too.
  const coders = properties.filter(({ name }) => name === "av1C");
  const isMonochrome = coders.length > 0 && coders.every(({ body }) => ((body[2] ?? 0) & 0x10) !== 0);
  return fromCodes(codes, { isLimited: isMonochrome && codes[3] === 0 });
}

interface Box {
  readonly name: string;
  readonly body: Buffer;
}

function propertiesOf(file: Buffer): readonly Box[] {
  const meta = boxesOf(file).find(({ name }) => name === "meta");
  const properties = boxesOf(meta?.body.subarray(FULL_BOX_BYTES)).find(({ name }) => name === "iprp");
  const container = boxesOf(properties?.body).find(({ name }) => name === "ipco");
  return boxesOf(container?.body);
}

function boxesOf(bytes: Buffer = Buffer.alloc(0)): readonly Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    // Sizes of 64 bits and boxes that reach to the end occur only with pixels.
    if (size < 8) break;
    boxes.push({ name: bytes.toString("latin1", at + 4, at + 8), body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}
