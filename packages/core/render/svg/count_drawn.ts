import { readTags } from "./svg_tags.ts";

/** The longest chain of elements that use each other. */
const MOST_DEPTH = 200;

/** The elements of a document, in order. */
interface Outline {
  /** For each element, the index after its last descendant. */
  readonly ends: readonly number[];
  /** Elements by their id. */
  readonly ids: ReadonlyMap<string, number>;
  /** Elements that draw another one, in order. */
  readonly uses: readonly { readonly at: number; readonly target: string }[];
}

/**
 * Returns how many elements an SVG draws when each `use` draws its target, all descendants, and what those use. Returns more than `most` if
 * that is reached, or if elements use each other too deeply to follow.
 */
export function countDrawn(svg: string, most: number): number {
  const outline = outlineOf(svg);
  const { ends, ids, uses } = outline;
  const counts = new Map<number, number>();
  const count = (from: number, to: number, depth: number): number => {
    if (depth > MOST_DEPTH) return most + 1;
    let drawn = to - from;
    for (let index = firstUse(outline, from); drawn <= most; index++) {
      const use = uses[index];
      if (!use || use.at >= to) break;
      const target = ids.get(use.target);
      if (target !== undefined) drawn += countOf(target, depth);
    }
    return drawn;
  };
  const countOf = (element: number, depth: number): number => {
    const known = counts.get(element);
    if (known !== undefined) return known;
    // An element that uses itself is not drawn.
    counts.set(element, 0);
    const drawn = count(element, ends[element] ?? element, depth + 1);
    counts.set(element, drawn);
    return drawn;
  };
  return count(0, ends.length, 0);
}

function outlineOf(svg: string): Outline {
  const ends: number[] = [];
  const ids = new Map<string, number>();
  const uses: { readonly at: number; readonly target: string }[] = [];
  const open: number[] = [];
  for (const tag of readTags(svg)) {
    if (!tag) {
      const closed = open.pop();
      if (closed !== undefined) ends[closed] = ends.length;
      continue;
    }
    const at = ends.push(ends.length + 1) - 1;
    const id = tag.attributes.get("id");
    if (id !== undefined && !ids.has(id)) ids.set(id, at);
    const target = tag.name === "use" ? tag.attributes.get("href") : undefined;
    if (target?.startsWith("#")) uses.push({ at, target: target.slice(1) });
    if (!tag.isEmpty) open.push(at);
  }
  // An element that is never closed ends with the document.
  for (const unclosed of open) ends[unclosed] = ends.length;
  return { ends, ids, uses };
}

/** Returns the index of the first use at or after an element. */
function firstUse({ uses }: Outline, element: number): number {
  let low = 0;
  let high = uses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((uses[middle]?.at ?? Infinity) < element) low = middle + 1;
    else high = middle;
  }
  return low;
}
