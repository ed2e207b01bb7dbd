type Pairs = readonly (readonly [name: string, value: string])[];

const SIDE_REGEXP = /^\d{1,5}$/;
const FITS: ReadonlySet<string> = new Set(["inside", "outside", "cover", "contain", "fill"]);

/** Translations of words that other services use in queries. */
const FOREIGN_WORDS: Readonly<Record<string, (pairs: Pairs) => string>> = {
  w: writeResize,
  width: writeResize,
  h: writeResize,
  height: writeResize,
  fit: writeResize,
  q: writeCompress,
  quality: writeCompress,
  auto: () => "format=auto",
};

/** Returns the translation of a word that another service uses in queries, with its values; `undefined` for other words. */
export function writtenHere(name: string, pairs: Pairs): string | undefined {
  return Object.hasOwn(FOREIGN_WORDS, name) ? FOREIGN_WORDS[name]?.(pairs) : undefined;
}

function writeResize(pairs: Pairs): string {
  const width = valueOf(pairs, ["w", "width"], SIDE_REGEXP);
  const height = valueOf(pairs, ["h", "height"], SIDE_REGEXP);
  const box = width || height ? `${width}x${height}` : "300x200";
  const fit = pairs.find(([name]) => name === "fit")?.[1];
  return fit === undefined ? `resize=${box}` : `resize=${box},fit:${FITS.has(fit) ? fit : "cover"}`;
}

function writeCompress(pairs: Pairs): string {
  return `compress=${valueOf(pairs, ["q", "quality"], SIDE_REGEXP) || "60"}`;
}

function valueOf(pairs: Pairs, names: readonly string[], form: RegExp): string {
  return pairs.find(([name, value]) => names.includes(name) && form.test(value))?.[1] ?? "";
}
