import { figureText } from "./figures.ts";

/** A bar of a chart. */
export interface Bar {
  readonly name: string;
  readonly figure: number;
}

const WIDTH = 640;
const ROW_HEIGHT = 26;
const NAME_WIDTH = 190;
const FIGURE_WIDTH = 90;

/** Returns horizontal bars as SVG, which takes its colours from the page. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ figure }) => figure), Number.MIN_VALUE);
  const room = WIDTH - NAME_WIDTH - FIGURE_WIDTH;
  const rows = bars.map(({ name, figure }, index) => {
    const y = index * ROW_HEIGHT;
    const width = Math.max(1, Math.round((figure / most) * room));
    return `<text x="${NAME_WIDTH - 8}" y="${y + 17}" text-anchor="end">${escaped(name)}</text>
<rect class="bar-${index % 5}" x="${NAME_WIDTH}" y="${y + 3}" width="${width}" height="${ROW_HEIGHT - 8}" rx="3"/>
<text x="${NAME_WIDTH + width + 8}" y="${y + 17}">${figureText(figure)}</text>`;
  });
  return `<figure><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW_HEIGHT}" role="img" aria-label="${escaped(title)}">
${rows.join("\n")}
</svg></figure>`;
}

/** Escapes text for HTML. */
export function escaped(text: string): string {
  return Bun.escapeHTML(text);
}
