/** Returns the spelling that CSS and sharp accept. */
export function cssColor(color: string): string {
  return `#${color}`;
}

/** Returns the opacity of a canonical colour, from 0 to 1. */
export function opacityOf(color: string): number {
  return color.length === 8 ? Number.parseInt(color.slice(6), 16) / 255 : 1;
}
