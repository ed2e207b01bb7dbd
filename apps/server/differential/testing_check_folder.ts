import { join } from "node:path";
import { type Image, ProgImageError } from "@progimage/client";
import { decodePixels, psnr } from "@progimage/core/testing";
import sharp from "sharp";
import { filesBelow, type TestServer } from "../end_to_end/testing_server.ts";

/** How a server handled a file. */
export interface FileReport {
  readonly file: string;
  readonly outcome: "kept" | "refused";
  /** The code of the refusal, or the detected format. */
  readonly detail: string;
  /** The unexpected behavior; `null` if there is none. */
  readonly fault: string | null;
}

const CONVERSIONS = ["png", "webp", "jpeg"] as const;

/** The box into which files are rendered. */
const BOX = { width: 64, height: 64 } as const;

/** Encoders at their default quality stay above this likeness in decibels, wrong colours or areas below. */
const LEAST_LIKENESS = 13;

/**
 * Stores every file of a folder on a server of its own. Checks that each comes back unchanged and is converted to the right size and pixels,
 * or is refused without leaving anything.
 */
export async function checkFolder(
  server: TestServer,
  folder: string,
  onFile: (report: FileReport, done: number, total: number) => void = () => {},
): Promise<readonly FileReport[]> {
  const files = (await filesBelow(folder)).filter((file) => !file.endsWith(".tsv")).toSorted();
  const reports: FileReport[] = [];
  for (const file of files) {
    const before = await stateOf(server);
    const bytes = await Bun.file(join(folder, file)).bytes();
    const report = await server.client.images.upload(bytes, { name: file }).then(
      async (image) => ({
        file,
        outcome: "kept" as const,
        detail: image.format,
        fault: await faultOfKept(server, image, bytes),
      }),
      async (error: unknown) => ({
        file,
        outcome: "refused" as const,
        detail: codeOf(error),
        fault: await faultOfRefused(server, error, before),
      }),
    );
    reports.push(report);
    onFile(report, reports.length, files.length);
  }
  return reports;
}

async function faultOfKept({ client }: TestServer, image: Image, bytes: Uint8Array): Promise<string | null> {
  const { id } = image;
  const returned = new Uint8Array(await (await client.image(id).fetch()).arrayBuffer());
  if (Buffer.compare(returned, bytes) !== 0) return "the bytes that came back are not those that went in";
  const expected = await sizeOf(image);
  let first: Decoded | null = null;
  for (const format of CONVERSIONS) {
    const response = await client
      .image(id)
      .resize(BOX)
      .format(format)
      .fetch()
      .catch((error: unknown) => error);
    if (!(response instanceof Response))
      return `it was accepted, but cannot be converted to ${format}: ${codeOf(response)}`;
    const pixels = await decodedOnWhite(Buffer.from(await response.arrayBuffer()));
    if (pixels.width !== expected.width || pixels.height !== expected.height)
      return `as ${format} it is ${pixels.width} × ${pixels.height}: ${expected.width} × ${expected.height} expected`;
    const likeness = first ? psnr(first, pixels) : Infinity;
    if (likeness < LEAST_LIKENESS) return `as ${format} it differs from PNG: ${likeness.toFixed(1)} dB`;
    first ??= pixels;
  }
  const likeness = first ? await likenessToOriginal(first, bytes) : null;
  return likeness !== null && likeness < LEAST_LIKENESS
    ? `it differs from its original: ${likeness.toFixed(1)} dB`
    : null;
}

/** Returns the size to which an image is shrunk. */
function sizeOf({ width, height }: Image): Pick<Decoded, "height" | "width"> {
  const scale = Math.min(1, BOX.width / width, BOX.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function decodedOnWhite(bytes: Buffer): Promise<Decoded> {
  return await decodePixels(await sharp(bytes).flatten({ background: "#ffffff" }).png().toBuffer());
}

/** Compares a render with the original, decoded directly; `null` if that is not possible without the server's knowledge. */
async function likenessToOriginal(
  { width, height, data }: Decoded,
  bytes: Uint8Array,
): Promise<number | null> {
  const original = await decodePixels(Buffer.from(bytes)).catch(() => null);
  if (!original) return null;
  const { width: fullWidth, height: fullHeight } = original;
  const raw = { width: fullWidth, height: fullHeight, channels: 4 as const };
  const shrunk = sharp(original.data, { raw }).resize({ width, height, fit: "fill" });
  const reference = await decodedOnWhite(await shrunk.png().toBuffer());
  return psnr({ width, height, data }, reference);
}

type Decoded = Awaited<ReturnType<typeof decodePixels>>;

async function faultOfRefused(server: TestServer, error: unknown, before: string): Promise<string | null> {
  if (!(error instanceof ProgImageError) || error.status < 400 || error.status > 499)
    return `it was refused by ${codeOf(error)}`;
  return (await stateOf(server)) === before ? null : "it was refused, but left something behind";
}

/** The stored files and the newest image: a refused upload changes neither. */
async function stateOf({ client, dataDir }: TestServer): Promise<string> {
  const files = await filesBelow(join(dataDir, "fs"));
  const { items } = await client.images.list({ limit: 1 }).page();
  const kept = files.filter((file) => !file.startsWith("derivatives"));
  return JSON.stringify([kept.toSorted(), items[0]?.id]);
}

function codeOf(error: unknown): string {
  return error instanceof ProgImageError ? `${error.status} ${error.code}` : String(error);
}
