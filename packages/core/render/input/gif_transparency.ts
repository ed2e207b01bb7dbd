/** The parts of a GIF that concern transparency. */
interface GifLayout {
  readonly frames: readonly GifFrame[];
  /** Where the file's trailer is, or its end. */
  readonly endsAt: number;
}

interface GifFrame {
  /** Where the fields of its graphic control extension are, or `null` if it has none. */
  readonly controlAt: number | null;
  readonly isWhole: boolean;
  /** The number of bits of the highest colour that it can name. */
  readonly colorBits: number;
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const HAS_TRANSPARENCY = 1;
const RESTORE_BACKGROUND = 2;
const RESTORE_PREVIOUS = 3;
const UNUSED_COLOR = 255;

/** A frame of one transparent pixel. */
const TRANSPARENT_FRAME = Buffer.from(
  `21f90401000000002c0000000001000100800000${"00".repeat(4)}0202440100`,
  "hex",
);

/**
 * Returns a GIF so changed that parts of the canvas that no frame covers are transparent, as browsers show them; `null` if it needs no
 * change. The decoder has alpha only if a frame has a transparent colour, and makes the rest black otherwise. So a last frame that has one
 * is added: the caller must not read it.
 *
 * @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function withTransparency(gif: Buffer): Buffer | null {
  const layout = readLayout(gif);
  if (!layout) return null;
  const { frames, endsAt } = layout;
  const cleared = frames.filter(
    ({ controlAt }, index) => index < frames.length - 1 && disposalOf(gif, controlAt) === RESTORE_BACKGROUND,
  );
  const opaque = cleared.filter(
    ({ controlAt, colorBits }) => !isTransparent(gif, controlAt) && colorBits < 8,
  );
  const hasAlpha = frames.some(({ controlAt }) => isTransparent(gif, controlAt));
  const [first] = frames;
  const showsCanvas = first && (!first.isWhole || disposalOf(gif, first.controlAt) === RESTORE_PREVIOUS);
  if (opaque.length === 0 && (hasAlpha || !showsCanvas)) return null;
  const changed = Buffer.concat([gif.subarray(0, endsAt), TRANSPARENT_FRAME, gif.subarray(endsAt)]);
  // Only a frame with a transparent colour is cleared to transparency.
  for (const { controlAt } of opaque) {
    if (controlAt === null) continue;
    changed.writeUInt8(gif.readUInt8(controlAt) | HAS_TRANSPARENCY, controlAt);
    changed.writeUInt8(UNUSED_COLOR, controlAt + 3);
  }
  return changed;
}

function disposalOf(gif: Buffer, controlAt: number | null): number {
  return controlAt === null ? 0 : (gif.readUInt8(controlAt) >> 2) & 7;
}

function isTransparent(gif: Buffer, controlAt: number | null): boolean {
  return controlAt !== null && (gif.readUInt8(controlAt) & HAS_TRANSPARENCY) !== 0;
}

/** Reads the blocks of a GIF; `null` if they are broken, which the decoder reports. */
function readLayout(gif: Buffer): GifLayout | null {
  try {
    const width = gif.readUInt16LE(6);
    const height = gif.readUInt16LE(8);
    const frames: GifFrame[] = [];
    let controlAt: number | null = null;
    let at = 13 + colorTableBytes(gif.readUInt8(10));
    for (;;) {
      const kind = at < gif.length ? gif.readUInt8(at) : null;
      if (kind === EXTENSION) {
        if (gif.readUInt8(at + 1) === GRAPHIC_CONTROL) controlAt = at + 3;
        at = skipBlocks(gif, at + 2);
      } else if (kind === IMAGE) {
        const [left, top] = [gif.readUInt16LE(at + 1), gif.readUInt16LE(at + 3)];
        const [right, bottom] = [left + gif.readUInt16LE(at + 5), top + gif.readUInt16LE(at + 7)];
        const codesAt = at + 10 + colorTableBytes(gif.readUInt8(at + 9));
        const isWhole = left === 0 && top === 0 && right >= width && bottom >= height;
        frames.push({ controlAt, isWhole, colorBits: gif.readUInt8(codesAt) });
        controlAt = null;
        at = skipBlocks(gif, codesAt + 1);
      } else {
        return { frames, endsAt: at };
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function colorTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function skipBlocks(gif: Buffer, from: number): number {
  let at = from;
  for (let length = gif.readUInt8(at); length > 0; length = gif.readUInt8(at)) at += length + 1;
  return at + 1;
}
