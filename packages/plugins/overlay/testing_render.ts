import { DEFAULT_LIMITS } from "@progimage/core";
import { type ParamValue } from "@progimage/core/plugin";
import {
  createRegistry,
  decodePixels,
  parseJsonRecipe,
  renderRecipe,
  testFolder,
} from "@progimage/core/testing";
import plugin from "./mod.ts";

type Pixels = Awaited<ReturnType<typeof decodePixels>>;

/** A colour as red, green, blue and alpha. */
export type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

/** A step of a recipe in its JSON form. */
export type JsonStep = Readonly<Record<string, ParamValue>> & { readonly transform: string };

const registry = createRegistry([plugin]);

/** Carries out a step on a PNG. Marks are PNGs too, by the names that the step uses. */
export async function render(
  picture: Uint8Array,
  step: JsonStep,
  marks: Readonly<Record<string, Uint8Array>> = {},
): Promise<Pixels> {
  return await decodePixels(await renderBytes(picture, "png", step, marks));
}

/** Carries out a step on an image, and returns one of the same format. */
export async function renderBytes(
  picture: Uint8Array,
  format: "png" | "webp",
  step: JsonStep,
  marks: Readonly<Record<string, Uint8Array>> = {},
): Promise<Buffer> {
  await using folder = await testFolder();
  const write = async (name: string, bytes: Uint8Array) => {
    const path = `${folder.path}/${name}`;
    await Bun.write(path, bytes);
    return path;
  };
  const images = await Promise.all(
    Object.entries(marks).map(
      async ([name, bytes]) => [name, { path: await write(name, bytes), format: "png" }] as const,
    ),
  );
  const input = await write("picture", picture);
  const output = `${folder.path}/output`;
  const { steps } = parseJsonRecipe({ steps: [step] }, registry);
  const job = { input, inputFormat: format, output, format, steps, images: Object.fromEntries(images) };
  const settings = format === "webp" ? { lossless: true } : {};
  await renderRecipe({ ...job, settings }, registry, DEFAULT_LIMITS);
  return Buffer.from(await Bun.file(output).bytes());
}

/** Returns one pixel. */
export function pixelAt({ data, width }: Pixels, x: number, y: number): Pixel {
  const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray((y * width + x) * 4);
  return [red, green, blue, alpha];
}

/** Returns the smallest box around the matching pixels: first column and row, width and height; `null` if there are none. */
export function boundsOf(
  pixels: Pixels,
  isWanted: (pixel: Pixel) => boolean,
): readonly [left: number, top: number, width: number, height: number] | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      if (!isWanted(pixelAt(pixels, x, y))) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}
