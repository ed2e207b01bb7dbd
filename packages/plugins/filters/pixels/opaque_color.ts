import { opacityOf, ProgImageError } from "@progimage/core/plugin";
import type { ColorRow } from "./color_matrix.ts";

/** Returns red, green and blue of a canonical colour, from 0 to 255. */
export function rgbOf(color: string): ColorRow {
  const level = (start: number) => Number.parseInt(color.slice(start, start + 2), 16);
  return [level(0), level(2), level(4)];
}

/**
 * Rejects colours that are not opaque, for transforms without transparency.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkOpaque(transform: string, colors: Readonly<Record<string, string>>): void {
  for (const [parameter, color] of Object.entries(colors)) {
    if (opacityOf(color) === 1) continue;
    const message = `Cannot read parameter "${parameter}" of "${transform}" as it must be an opaque colour: it is "${color}"`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter } });
  }
}
