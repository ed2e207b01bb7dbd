/** Larger than any squared distance in an image. */
const FAR = 1e12;

/**
 * Computes the distance of each pixel from the shape in an alpha channel, in pixels; 0 inside. The edge of the shape is where alpha is one
 * half. P. Felzenszwalb and D. Huttenlocher: Distance Transforms of Sampled Functions, Theory of Computing 8 (2012).
 *
 * @param alpha one byte a pixel, from the upper left, row by row
 */
export function distancesFrom(alpha: Uint8Array, width: number, height: number): Float32Array {
  const squares = new Float32Array(alpha.length).fill(FAR);
  // `entries()` would create millions of objects.
  for (let index = 0; index < alpha.length; index++) {
    const value = alpha[index] ?? 0;
    if (value > 0) squares[index] = Math.max(0, 0.5 - value / 255) ** 2;
  }
  const lower = new LowerEnvelope(Math.max(width, height));
  for (let x = 0; x < width; x++) lower.replace(squares, x, width, height);
  for (let y = 0; y < height; y++) lower.replace(squares, y * width, 1, width);
  // Works in place, because a large text has millions of pixels.
  for (let index = 0; index < squares.length; index++) squares[index] = Math.sqrt(squares[index] ?? 0);
  return squares;
}

/** The lower envelope of parabolas, one at each sample of a line. */
class LowerEnvelope {
  readonly #samples: Float64Array;
  /** The positions of the lowest points of the envelope's parabolas. */
  readonly #feet: Int32Array;
  /** The positions from which each parabola of the envelope is the lowest. */
  readonly #starts: Float64Array;

  constructor(longest: number) {
    this.#samples = new Float64Array(longest);
    this.#feet = new Int32Array(longest);
    this.#starts = new Float64Array(longest + 1);
  }

  /** Replaces samples, which are `step` apart, by the envelope. */
  replace(grid: Float32Array, offset: number, step: number, length: number): void {
    const samples = this.#samples;
    const feet = this.#feet;
    const starts = this.#starts;
    let isFar = true;
    for (let index = 0; index < length; index++) {
      const sample = grid[offset + index * step] ?? FAR;
      samples[index] = sample;
      isFar &&= sample >= FAR;
    }
    if (isFar) return;
    let last = 0;
    feet[0] = 0;
    starts[0] = -Infinity;
    starts[1] = Infinity;
    for (let index = 1; index < length; index++) {
      let start = crossing(samples, feet[last] ?? 0, index);
      while (start <= (starts[last] ?? 0)) start = crossing(samples, feet[--last] ?? 0, index);
      last++;
      feet[last] = index;
      starts[last] = start;
      starts[last + 1] = Infinity;
    }
    for (let index = 0, at = 0; index < length; index++) {
      while ((starts[at + 1] ?? Infinity) < index) at++;
      const foot = feet[at] ?? 0;
      grid[offset + index * step] = (samples[foot] ?? 0) + (index - foot) ** 2;
    }
  }
}

/** Returns where the parabolas of two samples cross. */
function crossing(samples: Float64Array, first: number, second: number): number {
  const one = (samples[first] ?? 0) + first * first;
  const other = (samples[second] ?? 0) + second * second;
  return (other - one) / (2 * (second - first));
}
