import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encoderOptions, type EncodeSettings } from "@progimage/core";
import sharp from "sharp";
import { makePhotos } from "./pictures.ts";
import { median, rounded } from "./statistics.ts";

/**
 * Measures how the qualities of JPEG, WebP and AVIF look and what they cost in bytes: the tables of `quality_targets.ts` and
 * `byte_curves.ts`.
 *
 *     pip install ssimulacra2==0.3.0
 *     bun bench/quality_tables.ts [folder of photos …]
 *
 * Without a folder, only the pictures of the bench are used. Photos are scaled down first, to remove the artefacts of their own
 * compression.
 */
const FORMATS = ["jpeg", "webp", "avif"] as const;
const QUALITIES = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 100];
const CURVE_QUALITIES = [1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 93, 96, 98, 100];

/** The levels that SSIMULACRA2 documents: 90 cannot be distinguished from the original, 70 is high quality, 50 medium. */
const SCORES = { "visually-lossless": 90, high: 80, medium: 70, low: 50 } as const;

const SIDE = 640;
const CURVE_SIDES = [320, 1280];
const SMALLEST_PHOTO = 750;
const SCORER =
  "import sys, ssimulacra2\nfor line in sys.stdin: print(ssimulacra2.compute_ssimulacra2(*line.rstrip().split('\\t')), flush=True)";

interface Variant {
  readonly name: string;
  readonly format: (typeof FORMATS)[number];
  readonly settings: EncodeSettings;
}

const VARIANTS: readonly Variant[] = FORMATS.flatMap((format): Variant[] => [
  { name: format, format, settings: { chroma: "420" } },
  { name: `${format} 4:4:4`, format, settings: { chroma: "444" } },
]);

const folder = await mkdtemp(join(tmpdir(), "progimage-quality-"));
try {
  const pictures = [
    ...(await makePhotos(folder, { width: 1920, height: 1280, count: 3 })),
    ...(await photosIn(process.argv.slice(2))),
  ];
  console.error(`${pictures.length} pictures`);
  for (const variant of VARIANTS) await measureScores(variant, pictures);
  for (const format of FORMATS) await measureCurve(format, pictures);
} finally {
  await rm(folder, { recursive: true });
}

/** Prints the quality that reaches each score. */
async function measureScores(
  { name, format, settings }: Variant,
  pictures: readonly string[],
): Promise<void> {
  const pairs: string[] = [];
  for (const [index, picture] of pictures.entries()) {
    const original = join(folder, `${index}.png`);
    await small(picture, SIDE).png({ compressionLevel: 1 }).toFile(original);
    for (const quality of QUALITIES) {
      const bytes = await encode(original, format, { ...settings, quality });
      const decoded = join(folder, `${index}-${format}-${quality}.png`);
      await sharp(bytes).png({ compressionLevel: 1 }).toFile(decoded);
      pairs.push(`${original}\t${decoded}`);
    }
  }
  const scores = await scoresOf(pairs);
  const perPicture = pictures.map((_, index) =>
    scores.slice(index * QUALITIES.length, (index + 1) * QUALITIES.length),
  );
  for (const [word, score] of Object.entries(SCORES)) {
    const qualities = perPicture.map((curve) => reaching(score, curve)).toSorted((one, other) => one - other);
    console.log(
      `${name}\t${word}\t${score}\tmedian ${rounded(median(qualities))}\t${qualities.map(Math.round).join(" ")}`,
    );
  }
}

/** Prints ln(bytes) at each quality relative to quality 50: the median of all pictures. */
async function measureCurve(format: Variant["format"], pictures: readonly string[]): Promise<void> {
  const curves: number[][] = [];
  for (const picture of pictures) {
    for (const side of CURVE_SIDES) {
      const pixels = await small(picture, side).png({ compressionLevel: 1 }).toBuffer();
      const sizes: number[] = [];
      for (const quality of CURVE_QUALITIES)
        sizes.push(Math.log((await encode(pixels, format, { quality, chroma: "420" })).length));
      curves.push(sizes.map((size) => size - (sizes[CURVE_QUALITIES.indexOf(50)] ?? 0)));
    }
  }
  const curve = CURVE_QUALITIES.map((quality, index) => [
    quality,
    Number(median(curves.map((values) => values[index] ?? Number.NaN)).toFixed(2)),
  ]);
  console.log(`${format}: ${JSON.stringify(curve)}`);
}

function small(picture: string, side: number) {
  return sharp(picture, { autoOrient: true, failOn: "error" })
    .resize(side, side, { fit: "inside" })
    .flatten();
}

async function encode(
  input: string | Buffer,
  format: Variant["format"],
  settings: EncodeSettings,
): Promise<Buffer> {
  return await sharp(input).toFormat(format, encoderOptions(format, settings)).toBuffer();
}

/** Returns the quality at which a rising curve reaches a score; 100 if it never does. */
function reaching(score: number, curve: readonly number[]): number {
  const after = curve.findIndex((value) => value >= score);
  if (after < 0) return 100;
  if (after === 0) return QUALITIES[0] ?? 1;
  const [q0 = 0, q1 = 0] = [QUALITIES[after - 1], QUALITIES[after]];
  const [s0 = 0, s1 = 0] = [curve[after - 1], curve[after]];
  return q0 + ((score - s0) / (s1 - s0)) * (q1 - q0);
}

async function scoresOf(pairs: readonly string[]): Promise<readonly number[]> {
  const python = Bun.spawn([process.env["PYTHON"] ?? "python3", "-c", SCORER], {
    stdin: Buffer.from(`${pairs.join("\n")}\n`),
    stderr: "inherit",
  });
  const lines = (await new Response(python.stdout).text()).trim().split("\n").map(Number);
  if (lines.length !== pairs.length || lines.some(Number.isNaN)) throw new Error("Cannot score the pictures");
  return lines;
}

async function photosIn(folders: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const parent of folders) {
    for (const name of (await readdir(parent)).toSorted()) {
      const path = join(parent, name);
      const { width, height, space } = await sharp(path)
        .metadata()
        .catch(() => ({ width: 0, height: 0, space: "" }));
      if (Math.min(width, height) >= SMALLEST_PHOTO && space === "srgb" && (await decodes(path)))
        paths.push(path);
    }
  }
  return paths;
}

async function decodes(path: string): Promise<boolean> {
  return await sharp(path, { failOn: "error" })
    .stats()
    .then(
      () => true,
      () => false,
    );
}
