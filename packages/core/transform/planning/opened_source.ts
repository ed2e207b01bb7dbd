import type { Probe } from "../../image/probe.ts";
import { ProgImageError } from "../../error.ts";
import { isSourceTransform } from "../contract/transform.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import { canAnimate } from "../output/formats.ts";
import type { Step } from "../recipe/recipe.ts";
import type { OpenSettings } from "../values/open_settings.ts";

/** Returns the settings of a recipe's source steps. */
export function openSettings(steps: readonly Step[], registry: TransformRegistry): OpenSettings {
  let settings: OpenSettings = {};
  for (const { transform: name, params } of steps) {
    const transform = registry.get(name);
    if (isSourceTransform(transform)) settings = transform.open(settings, params);
  }
  return settings;
}

/** Whether all frames of an animation are opened. */
export function opensAllFrames({ page, isStill = false }: OpenSettings): boolean {
  return page === undefined && !isStill;
}

/**
 * Returns the source as it is opened.
 *
 * @throws {ProgImageError} `invalid_parameter` for a page that it does not have
 */
export function openedSource<Source extends Pick<Probe, "height" | "orientation" | "pages" | "width">>(
  source: Source,
  settings: OpenSettings,
): Source {
  const { page = 1, isUnturned = false } = settings;
  if (page > source.pages) {
    const message = `Cannot open page ${page} as the image has ${source.pages}`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: "page" } });
  }
  const isSwapped = isUnturned && source.orientation > 4;
  return {
    ...source,
    ...(isSwapped && { width: source.height, height: source.width }),
    ...(isUnturned && { orientation: 1 }),
    ...(!opensAllFrames(settings) && { pages: 1 }),
  };
}

/** Whether a probe has decoded the opened page. Of a file that is no animation, it decodes the first page only. */
export function isProbedPage({ format }: Pick<Probe, "format">, { page = 1 }: OpenSettings): boolean {
  return page === 1 || canAnimate(format);
}
