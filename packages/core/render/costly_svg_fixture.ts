/** Returns a short SVG whose filters take about two seconds of CPU time for each of its megapixels. */
export function costlySvg(side: number): string {
  const filter = '<feGaussianBlur stdDeviation="40"/><feTurbulence baseFrequency="0.05" numOctaves="8"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><filter id="f">${filter.repeat(4)}</filter><rect width="100%" height="100%" filter="url(#f)"/></svg>`;
}
