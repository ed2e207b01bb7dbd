import type { Image, ImagePatch, TagChange } from "../mod.ts";
import { TestingProblem } from "./testing_problem.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
const KEPT_BYTES = 1024 * 1024;

/** An image of the test server. Of large files, only the JSON is kept. */
export interface TestingImage {
  image: Image;
  readonly bytes: Uint8Array<ArrayBuffer>;
  revision: number;
}

/** Returns bytes that the test server accepts as a PNG. */
export function testingPng(size = 16, fill = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size).fill(fill);
  bytes.set(SIGNATURE);
  return bytes;
}

/** Reads an upload in chunks and stores it, as the real server does. */
export async function receiveImage(
  body: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<TestingImage> {
  const hash = new Bun.CryptoHasher("sha256");
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > options.limit) throw new TestingProblem(413, "too_large", { limit: options.limit });
    if (size <= KEPT_BYTES) kept.push(piece.slice());
    hash.update(piece);
  }
  const bytes = Buffer.concat(kept);
  if (!SIGNATURE.every((byte, index) => bytes[index] === byte))
    throw new TestingProblem(415, "unsupported_media");
  const id = Bun.randomUUIDv7();
  return { image: imageOf(id, size, hash.digest("hex"), options), bytes, revision: 1 };
}

/** Returns an image with a patch applied. */
export function patched(image: Image, { tags, ...patch }: ImagePatch = {}): Image {
  if (tags === undefined) return { ...image, ...patch } as Image;
  if (tags === null || Array.isArray(tags)) return { ...image, ...patch, tags: tags ?? [] } as Image;
  const { add = [], remove = [] } = tags as TagChange;
  const kept = image.tags.filter((tag) => !remove.includes(tag));
  return { ...image, ...patch, tags: [...new Set([...kept, ...add])] } as Image;
}

export interface ReceiveOptions {
  readonly limit: number;
  readonly name: string;
  readonly fields: URLSearchParams;
  readonly url: string;
}

function imageOf(id: string, bytes: number, sha256: string, { name, fields, url }: ReceiveOptions): Image {
  const seconds = fields.get("expiresIn");
  const [x, y] = (fields.get("focalPoint") ?? "").split(",").map(Number);
  const now = new Date().toISOString();
  return {
    id,
    name: (fields.get("name") ?? name) || null,
    format: "png",
    mediaType: "image/png",
    bytes,
    width: 2,
    height: 1,
    pages: 1,
    isAnimated: false,
    durationMs: null,
    warnings: [],
    private: fields.get("private") === "true",
    hasAlpha: false,
    hasProfile: false,
    orientation: 1,
    colorSpace: "srgb",
    sha256,
    dominantColor: "#804020",
    thumbhash: "",
    revision: 1,
    tags: fields.getAll("tags"),
    metadata: JSON.parse(fields.get("metadata") ?? "{}"),
    focalPoint: x === undefined || y === undefined ? null : { x, y },
    createdAt: now,
    updatedAt: now,
    expiresAt:
      seconds === null
        ? fields.get("expiresAt")
        : new Date(Date.now() + Number(seconds) * 1000).toISOString(),
    href: `${url}/images/${id}?v=0`,
    infoHref: `${url}/images/${id}/info`,
  };
}
