import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPlugins, type OutputFormat, parseUrlRecipe, type Step } from "@progimage/core";
import { sampleImages } from "@progimage/core/testing";
import sharp from "sharp";
import { BUILT_IN } from "../compose/plugin_modules.ts";
import { startServer } from "../end_to_end/testing_server.ts";
import type { Input } from "./testing_inputs.ts";

/** The plugin whose steps set how a source is opened: they give other pixels on purpose. */
const SOURCES = "@progimage/plugin-source";

/** A server with the built-in transforms, and all that a suite needs to render with it. */
export interface Stage extends AsyncDisposable {
  /** Steps as in a URL, with at least one for each transform. */
  readonly examples: readonly string[];
  /** The files of the pictures that examples name, by their names. */
  readonly images: Readonly<Record<string, { readonly path: string; readonly format: "png" }>>;
  readonly registry: Awaited<ReturnType<typeof loadPlugins>>;
  readonly folder: string;
  /** Stores a picture once. Returns its id. */
  readonly store: (input: Input) => Promise<string>;
  /** Renders a stored picture. */
  readonly render: (id: string, query: string, format: OutputFormat) => Promise<Rendered>;
  /** Returns the predicted size of a render; `null` if it is known only afterwards. */
  readonly predict: (id: string, query: string) => Promise<PredictedSize | null>;
}

/** The answer to a render. */
export interface Rendered {
  readonly status: number;
  readonly bytes: Buffer;
}

/** A size and the number of pages. */
export interface PredictedSize {
  readonly width: number;
  readonly height: number;
  readonly pages: number;
}

/** Starts a server and stores the pictures that examples name. */
export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "progimage-differential-"));
  const registry = await loadPlugins(BUILT_IN);
  const server = await startServer({
    settings: { PROGIMAGE_LOG_LEVEL: "warn", PROGIMAGE_QUEUE_LENGTH: "10000" },
  });
  const images = await sampleImages(folder);
  const named = new Map<string, string>();
  for (const [name, { path }] of Object.entries(images))
    named.set(name, (await server.client.images.upload(Bun.file(path))).id);
  const ids = new Map<Input, Promise<string>>();
  const withIds = (query: string) => query.replace(/@\w+/g, (name) => named.get(name) ?? name);
  return {
    examples: registry
      .describe()
      .filter(({ plugin }) => plugin !== SOURCES)
      .flatMap(({ examples }) => examples),
    images: images as Stage["images"],
    registry,
    folder,
    store: (input) => {
      const known =
        ids.get(input) ?? server.client.images.upload(new Uint8Array(input.bytes)).then(({ id }) => id);
      ids.set(input, known);
      return known;
    },
    render: async (id, query, format) => {
      const response = await fetch(
        `${server.url}/images/${id}.${format}?${withIds(query).replaceAll("#", "%23")}`,
      );
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    },
    predict: async (id, query) => {
      const response = await fetch(`${server.url}/recipes`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ source: id, recipe: withIds(query), format: "webp" }),
      });
      if (!response.ok) throw new Error(`Cannot predict ${query}: ${await response.text()}`);
      const { result } = (await response.json()) as {
        readonly result: PredictedSize | { readonly width: null };
      };
      return result.width === null ? null : (result as PredictedSize);
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the steps of a query. */
export function stepsOf({ registry }: Stage, query: string): readonly Step[] {
  return parseUrlRecipe(query, registry).steps;
}

/** The alpha channel that a format can hold; without one, pictures are put on white. */
export type AlphaKind = "binary" | "full" | "none";

/** Options for {@linkcode pixelsOf}. */
export interface PixelsOfOptions {
  /** The frame to decode. @default {0} */
  readonly page?: number;
  /** Reduces the alpha channel to that of a format. @default {"full"} */
  readonly alpha?: AlphaKind;
}

/** Decodes a frame of a file strictly, as RGBA. */
export async function pixelsOf(bytes: Buffer, { page = 0, alpha = "full" }: PixelsOfOptions = {}) {
  const image = sharp(bytes, { page, failOn: "warning" }).toColourspace("srgb");
  const flat = alpha === "none" ? image.flatten({ background: "#ffffff" }) : image;
  const { data, info } = await flat.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  if (alpha === "binary")
    for (let index = 3; index < data.length; index += 4) data[index] = (data[index] ?? 0) < 128 ? 0 : 255;
  return { width: info.width, height: info.height, data };
}
