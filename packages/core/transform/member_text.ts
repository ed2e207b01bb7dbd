import type { ParamValue } from "./recipe.ts";

/** Returns how URLs have the value of a list, `a;b`, or of a point, `0.5x0.3`. Others are written as they are. */
export function memberText(value: ParamValue): string {
  if (Array.isArray(value)) return value.map(memberText).join(";");
  if (typeof value !== "object" || value === null) return String(value);
  const { x, y } = value as { readonly x: number; readonly y: number };
  return `${x}x${y}`;
}
