import { ProgImageError } from "../error.ts";
import { MOST_ENCODES } from "../transform/output/encoder_options.ts";
import { type ByteCurve, valueAt } from "./byte_curves.ts";

/** Options for {@linkcode fitBytes}. */
export interface FitBytesOptions {
  readonly maxBytes: number;
  /** The highest quality to try, and the first. */
  readonly ceiling: number;
  /** How the logarithm of the bytes grows with quality on most pictures. */
  readonly curve: ByteCurve;
}

interface Probe<Encoded> {
  readonly quality: number;
  /** The natural logarithm of the bytes. */
  readonly size: number;
  readonly encoded: Encoded;
}

/** The fraction of the budget to aim at after each encode. It decreases with each one until an encoding has fitted. */
const AIMS = [0.96, 0.95, 0.9] as const;
/** The fraction of the budget that is close enough to stop. */
const NEAR = 0.9;
const LOWEST_QUALITY = 1;

/**
 * Returns the encoding of the highest quality that has at most `maxBytes`, or one that has at least 90 % of that. Takes at most
 * {@linkcode MOST_ENCODES} encodes. The same pixels give the same bytes: nothing depends on the clock.
 *
 * After the first encode, the typical curve is shifted to pass through its result. After the second, it is stretched to pass through the
 * results nearest to the budget on either side. Bytes do not quite grow with quality, so the qualities that fitted and did not fit always
 * bound the search.
 *
 * @throws {ProgImageError} `does_not_fit`
 */
export async function fitBytes<Encoded extends { readonly bytes: number }>(
  encode: (quality: number) => Promise<Encoded>,
  { maxBytes, ceiling, curve }: FitBytesOptions,
): Promise<Encoded> {
  const probes: Probe<Encoded>[] = [];
  let fitting: Probe<Encoded> | null = null;
  let tooLarge = ceiling + 1;
  let quality = ceiling;
  for (let count = 1; count <= MOST_ENCODES; count++) {
    const encoded = await encode(quality);
    const probe = { quality, size: Math.log(encoded.bytes), encoded };
    probes.push(probe);
    if (encoded.bytes <= maxBytes) fitting = probe;
    else tooLarge = quality;
    const lowest = fitting ? fitting.quality + 1 : LOWEST_QUALITY;
    const isNear = fitting !== null && fitting.encoded.bytes >= NEAR * maxBytes;
    if (lowest >= tooLarge || isNear) break;
    const aim = fitting ? AIMS[0] : AIMS[count - 1];
    // The last encode tries the lowest quality, to learn whether any fits.
    const guess = aim ? guessQuality(probes, Math.log(aim * maxBytes), curve) : LOWEST_QUALITY;
    quality = Math.min(Math.max(guess, lowest), tooLarge - 1);
  }
  if (fitting) return fitting.encoded;
  const smallest = Math.min(...probes.map(({ encoded }) => encoded.bytes));
  const message = `Cannot encode image in ${maxBytes} bytes as even the lowest quality takes more: it takes ${smallest}`;
  throw new ProgImageError("does_not_fit", message, {
    details: { parameter: "maxBytes", limit: maxBytes, smallest },
  });
}

/** Returns the highest quality at which the curve through the nearest probes does not exceed the size. */
function guessQuality<Encoded>(probes: readonly Probe<Encoded>[], size: number, curve: ByteCurve): number {
  const sorted = probes.toSorted((one, other) => Math.abs(one.size - size) - Math.abs(other.size - size));
  const [near, next] = sorted;
  const isBeyond = (probe: Probe<Encoded>) => near !== undefined && probe.size > size !== near.size > size;
  const second = sorted.find(isBeyond) ?? next;
  if (!near) return LOWEST_QUALITY;
  const at = (quality: number) => valueAt(curve, quality);
  const run = second ? at(near.quality) - at(second.quality) : 0;
  const slope = second && run !== 0 ? (near.size - second.size) / run : 1;
  // A slope that falls or stays level gives no information.
  const stretch = slope > LEAST_STRETCH ? slope : 1;
  const wanted = at(near.quality) + (size - near.size) / stretch;
  let quality = 100;
  while (quality > LOWEST_QUALITY && at(quality) > wanted) quality--;
  return quality;
}

const LEAST_STRETCH = 0.1;
