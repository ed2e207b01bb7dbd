import { DEFAULT_LIMITS, type OutputFormat } from "@progimage/core";
import {
  createRegistry,
  parseUrlRecipe,
  renderRecipe,
  type RenderRecipeJob,
  testFolder,
} from "@progimage/core/testing";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);

/** Options for {@linkcode renderBytes}. */
export interface RenderBytesOptions {
  /** @default {"png"} */
  readonly inputFormat?: RenderRecipeJob["inputFormat"];
  /** @default {"png"} */
  readonly format?: OutputFormat;
}

/** Returns the result of a geometry recipe on an image, losslessly encoded. */
export async function renderBytes(
  bytes: Uint8Array,
  query: string,
  { inputFormat = "png", format = "png" }: RenderBytesOptions = {},
): Promise<Buffer> {
  await using folder = await testFolder();
  const input = `${folder.path}/input`;
  const output = `${folder.path}/output`;
  await Bun.write(input, bytes);
  const { steps } = parseUrlRecipe(query, registry);
  const settings = { lossless: format === "webp" };
  await renderRecipe({ input, inputFormat, output, format, steps, settings }, registry, DEFAULT_LIMITS);
  return Buffer.from(await Bun.file(output).bytes());
}
