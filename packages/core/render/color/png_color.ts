import { closeSync, openSync, readSync } from "node:fs";
import { type ColorDescription, fromCodes, type Primaries, SRGB_PRIMARIES } from "./color_description.ts";
import { areUsable } from "./primaries_matrix.ts";

/** The most chunks before the pixels that are looked at. */
const MOST_CHUNKS = 64;
const SIGNATURE_BYTES = 8;
/** The bytes of the longest chunk that is read, `cHRM`. */
const MOST_BODY = 32;
/** The name of a chunk and its length, and the checksum behind it. */
const FRAMING_BYTES = 12;

/** Gammas in this range are sRGB's, which writers round in several ways. */
const SRGB_GAMMA = { least: 0.45, most: 0.46 } as const;
/** Gammas outside this range are mistakes, and ignored. */
const SANE_GAMMA = { least: 0.1, most: 10 } as const;
/** Chromaticities that differ less are equal: writers round them, too. */
const SAME_CHROMATICITY = 0.002;

/**
 * Returns the colours that a PNG declares by `cICP`, or by `gAMA` and `cHRM` if it has neither `iCCP` nor `sRGB`; `null` if it declares
 * none. Blocks, so it must not run in a process that serves HTTP.
 *
 * @see https://www.w3.org/TR/png-3/#12Decoder-colour-space-handling the order of precedence
 */
export function readPngColor(path: string): ColorDescription | null {
  const chunks = readPngChunks(path);
  const cicp = chunks.get("cICP");
  if (cicp && cicp.length >= 4) return fromCodes([cicp[0] ?? 0, cicp[1] ?? 0, cicp[2] ?? 0, cicp[3] ?? 1]);
  const gamma = chunks.get("gAMA");
  if (chunks.has("iCCP") || chunks.has("sRGB") || !gamma || gamma.length < 4) return null;
  const exponent = gamma.readUInt32BE(0) / 100_000;
  if (exponent < SANE_GAMMA.least || exponent > SANE_GAMMA.most) return null;
  const isSrgbGamma = exponent >= SRGB_GAMMA.least && exponent <= SRGB_GAMMA.most;
  return {
    primaries: primariesOf(chunks.get("cHRM")),
    transfer: isSrgbGamma ? "srgb" : { gamma: 1 / exponent },
    isLimited: false,
    codes: null,
  };
}

function primariesOf(chunk: Buffer | undefined): Primaries {
  if (!chunk || chunk.length < MOST_BODY) return SRGB_PRIMARIES;
  const pair = (index: number): readonly [number, number] => [
    chunk.readUInt32BE(index * 8) / 100_000,
    chunk.readUInt32BE(index * 8 + 4) / 100_000,
  ];
  const primaries: Primaries = { white: pair(0), red: pair(1), green: pair(2), blue: pair(3) };
  if (!areUsable(primaries)) return SRGB_PRIMARIES;
  const isSame = (name: keyof Primaries) =>
    [0, 1].every(
      (axis) =>
        Math.abs((primaries[name][axis] ?? 0) - (SRGB_PRIMARIES[name][axis] ?? 0)) < SAME_CHROMATICITY,
    );
  return isSame("red") && isSame("green") && isSame("blue") && isSame("white") ? SRGB_PRIMARIES : primaries;
}

/** Reads the beginnings of the chunks before the pixels, by their names. */
export function readPngChunks(path: string): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(8 + MOST_BODY);
    for (let at = SIGNATURE_BYTES, count = 0; count < MOST_CHUNKS; count++) {
      const read = readSync(file, piece, 0, piece.length, at);
      if (read < 8) break;
      const length = piece.readUInt32BE(0);
      const name = piece.toString("latin1", 4, 8);
      if (name === "IDAT") break;
      chunks.set(name, Buffer.from(piece.subarray(8, Math.min(8 + length, read))));
      at += length + FRAMING_BYTES;
    }
  } finally {
    closeSync(file);
  }
  return chunks;
}
