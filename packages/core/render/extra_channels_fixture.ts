/** The colour of each pixel of {@linkcode extraChannelsTiff}: red, green, blue, alpha, and a channel that other formats do not have. */
const SAMPLES = [90, 60, 200, 128, 250] as const;

const SIDE = 10;

/** Returns a TIFF with two channels besides red, green and blue, or besides grey. */
export function extraChannelsTiff({ isGrey = false } = {}): Buffer {
  const samples = isGrey ? SAMPLES.slice(2) : SAMPLES;
  const pixels = Buffer.concat(Array.from({ length: SIDE * SIDE }, () => Buffer.from(samples)));
  const depths = Buffer.from(Uint16Array.from(samples, () => 8).buffer);
  const count = 10;
  const depthsAt = 10 + count * 12 + 4;
  const UNASSOCIATED_ALPHA = 2;
  // Tag, type (3 for 16 bits, 4 for 32), number of values, and the value or its place.
  const tags: readonly (readonly [tag: number, type: 3 | 4, values: number, value: number])[] = [
    [256, 3, 1, SIDE],
    [257, 3, 1, SIDE],
    [258, 3, samples.length, depthsAt],
    [259, 3, 1, 1],
    [262, 3, 1, isGrey ? 1 : 2],
    [273, 4, 1, depthsAt + depths.length],
    [277, 3, 1, samples.length],
    [278, 3, 1, SIDE],
    [279, 4, 1, pixels.length],
    [338, 3, 2, UNASSOCIATED_ALPHA],
  ];
  const directory = Buffer.alloc(depthsAt);
  directory.write("II*\0\x08\0\0\0", 0, "latin1");
  directory.writeUInt16LE(count, 8);
  for (const [index, [tag, type, values, value]] of tags.entries()) {
    directory.writeUInt16LE(tag, 10 + index * 12);
    directory.writeUInt16LE(type, 12 + index * 12);
    directory.writeUInt32LE(values, 14 + index * 12);
    directory.writeUInt32LE(value, 18 + index * 12);
  }
  return Buffer.concat([directory, depths, pixels]);
}
