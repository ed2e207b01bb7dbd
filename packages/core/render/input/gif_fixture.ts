/** A frame of one colour without a transparent one. */
export interface GifFrameFixture {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly color: readonly [red: number, green: number, blue: number];
  /** How the frame is removed afterwards: 2 clears its area. @default {0} */
  readonly disposal?: number;
}

const TRAILER = Buffer.of(0x3b);
/** Clears the table of codes, so that codes keep three bits. */
const CLEAR = 4;
const END = 5;

/** Returns a GIF whose frames are shown for 0.1 s. @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
export function gifFixture(
  { width, height }: { readonly width: number; readonly height: number },
  frames: readonly GifFrameFixture[],
): Buffer {
  const screen = Buffer.of(width, 0, height, 0, 0, 0, 0);
  return Buffer.concat([Buffer.from("GIF89a"), screen, ...frames.map(bytesOf), TRAILER]);
}

function bytesOf({ x, y, width, height, color, disposal = 0 }: GifFrameFixture): Buffer {
  const control = Buffer.of(0x21, 0xf9, 4, disposal << 2, 10, 0, 0, 0);
  const image = Buffer.of(0x2c, x, 0, y, 0, width, 0, height, 0, 0x81);
  const colors = Buffer.of(0, 0, 0, ...color, 0, 0, 0, 0, 0, 0);
  return Buffer.concat([control, image, colors, compressed(width * height)]);
}

/** Returns the codes of pixels that all have the second colour. */
function compressed(pixels: number): Buffer {
  const codes = Array.from({ length: pixels }, (_, index) => (index % 2 === 0 ? [CLEAR, 1] : [1])).flat();
  let bits = 0;
  let count = 0;
  const bytes: number[] = [];
  for (const code of [...codes, END]) {
    bits |= code << count;
    count += 3;
    for (; count >= 8; count -= 8, bits >>= 8) bytes.push(bits & 255);
  }
  bytes.push(bits & 255);
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(Buffer.of(block.length, ...block));
  }
  return Buffer.concat([Buffer.of(2), ...blocks, Buffer.of(0)]);
}
