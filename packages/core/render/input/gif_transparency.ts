import type { Size } from "../../transform/planning/size.ts";
import { WindowedFile } from "./windowed_file.ts";

/** The parts of a GIF that concern transparency. */
interface GifLayout {
  readonly frames: readonly GifFrame[];
  /** Where the file's trailer is, or its end. */
  readonly endsAt: number;
}

/** The graphic control extension of a frame. */
interface GifControl {
  /** Where its fields are, or `null` if there is none. */
  readonly controlAt: number | null;
  readonly flags: number;
}

interface GifFrame extends GifControl {
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

const NO_CONTROL: GifControl = { controlAt: null, flags: 0 };

/** A frame of one transparent pixel. */
const TRANSPARENT_FRAME = Buffer.from(
  `21f90401000000002c0000000001000100800000${"00".repeat(4)}0202440100`,
  "hex",
);

/**
 * Returns a GIF so changed that parts of the canvas that no frame covers are transparent, as browsers show them; `null` if it needs no
 * change, which most do: only then is the file held in memory. The decoder has alpha only if a frame has a transparent colour, and makes
 * the rest black otherwise. So a last frame that has one is added: the caller must not read it. Blocks.
 *
 * @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function withTransparency(path: string): Buffer | null {
  using gif = new WindowedFile(path);
  const layout = readLayout(gif);
  if (!layout) return null;
  const { frames, endsAt } = layout;
  const opaque = frames.filter(
    (frame, index) =>
      index < frames.length - 1 &&
      disposalOf(frame) === RESTORE_BACKGROUND &&
      !isTransparent(frame) &&
      frame.colorBits < 8,
  );
  const [first] = frames;
  const showsCanvas = first && (!first.isWhole || disposalOf(first) === RESTORE_PREVIOUS);
  if (opaque.length === 0 && (frames.some(isTransparent) || !showsCanvas)) return null;
  const changed = Buffer.allocUnsafe(gif.length + TRANSPARENT_FRAME.length);
  gif.copy(changed.subarray(0, endsAt), 0);
  TRANSPARENT_FRAME.copy(changed, endsAt);
  gif.copy(changed.subarray(endsAt + TRANSPARENT_FRAME.length), endsAt);
  // Only a frame with a transparent colour is cleared to transparency.
  for (const { controlAt, flags } of opaque) {
    if (controlAt === null) continue;
    changed.writeUInt8(flags | HAS_TRANSPARENCY, controlAt);
    changed.writeUInt8(UNUSED_COLOR, controlAt + 3);
  }
  return changed;
}

function disposalOf({ flags }: GifFrame): number {
  return (flags >> 2) & 7;
}

function isTransparent({ flags }: GifFrame): boolean {
  return (flags & HAS_TRANSPARENCY) !== 0;
}

/** Reads the blocks of a GIF; `null` if they are broken, which the decoder reports. */
function readLayout(gif: WindowedFile): GifLayout | null {
  try {
    const [width, height] = [gif.uint16(6), gif.uint16(8)];
    const frames: GifFrame[] = [];
    let control = NO_CONTROL;
    let at = 13 + colorTableBytes(gif.byte(10));
    for (;;) {
      const kind = at < gif.length ? gif.byte(at) : null;
      if (kind === EXTENSION) {
        if (gif.byte(at + 1) === GRAPHIC_CONTROL) control = { controlAt: at + 3, flags: gif.byte(at + 3) };
        at = skipBlocks(gif, at + 2);
      } else if (kind === IMAGE) {
        frames.push({ ...control, ...readFrame(gif, at, { width, height }) });
        control = NO_CONTROL;
        at = skipBlocks(gif, codesAt(gif, at) + 1);
      } else {
        return { frames, endsAt: Math.min(at, gif.length) };
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readFrame(gif: WindowedFile, at: number, canvas: Size): Omit<GifFrame, keyof GifControl> {
  const [left, top] = [gif.uint16(at + 1), gif.uint16(at + 3)];
  const [right, bottom] = [left + gif.uint16(at + 5), top + gif.uint16(at + 7)];
  const isWhole = left === 0 && top === 0 && right >= canvas.width && bottom >= canvas.height;
  return { isWhole, colorBits: gif.byte(codesAt(gif, at)) };
}

/** Returns where the codes of the frame at a position begin. */
function codesAt(gif: WindowedFile, at: number): number {
  return at + 10 + colorTableBytes(gif.byte(at + 9));
}

function colorTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function skipBlocks(gif: WindowedFile, from: number): number {
  let at = from;
  for (let length = gif.byte(at); length > 0; length = gif.byte(at)) at += length + 1;
  return at + 1;
}
