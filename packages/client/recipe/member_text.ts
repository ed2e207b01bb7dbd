import { decimalOf } from "./decimal.ts";

/** Returns a list as URLs write it, `a;b`, or a point, `0.5x0.3`; `null` for a value that needs JSON. */
export function memberText(value: unknown): string | null {
  if (typeof value === "number") return decimalOf(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return /[,;~\\]|^$/.test(value) || !value.isWellFormed() ? null : value;
  if (typeof value !== "object" || value === null) return null;
  const members = Object.values(value).map(memberText);
  if (members.includes(null)) return null;
  if (Array.isArray(value)) return value.some(Array.isArray) ? null : members.join(";");
  return isPoint(value) ? `${decimalOf(value.x)}x${decimalOf(value.y)}` : null;
}

function isPoint(value: object): value is { readonly x: number; readonly y: number } {
  const { x, y } = value as { readonly x?: unknown; readonly y?: unknown };
  return typeof x === "number" && typeof y === "number" && Object.keys(value).length === 2;
}
