import { decimalOf } from "../values/decimal.ts";
import type { ParamValue } from "./recipe.ts";

/**
 * Formats a value for a URL: a list as `a;b`, a point as `0.5x0.3`, numbers without exponents. Returns `null` if only JSON can express it.
 */
export function memberText(value: ParamValue): string | null {
  if (typeof value === "number") return decimalOf(value);
  if (typeof value !== "object") return String(value);
  if (value === null) return null;
  if (Array.isArray(value)) return value.some(Array.isArray) ? null : joined(value, ";");
  const { x, y, ...others } = value as Readonly<Record<string, ParamValue>>;
  const isPoint = typeof x === "number" && typeof y === "number" && Object.keys(others).length === 0;
  return isPoint ? joined([x, y], "x") : null;
}

function joined(values: readonly ParamValue[], separator: string): string | null {
  const texts = values.map(memberText);
  return texts.includes(null) ? null : texts.join(separator);
}
