import { ProgImageError, type StepContext } from "@progimage/core/plugin";
import { type CodeRange, fontCoverage } from "./font_coverage.ts";
import { BUNDLED_FONTS } from "./fonts.ts";

/** The folders of the system's fonts, which count if the system has a font configuration. */
const SYSTEM_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts"] as const;
const SYSTEM_CONFIGURATION = "/etc/fonts/fonts.conf";

/** Characters that need no glyph: spaces, line feeds, marks of direction, joiners, and marks that any letter may have. */
const NEEDS_NONE_REGEXP = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Script=Inherited}]/u;

/** The most scripts that an error names. */
const MOST_NAMED = 8;

/** The scripts of living languages, by their names in Unicode. */
const SCRIPTS = (
  "Adlam Arabic Armenian Balinese Bengali Bopomofo Canadian_Aboriginal Cherokee Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han " +
  "Hangul Hebrew Hiragana Javanese Kannada Katakana Khmer Lao Malayalam Mongolian Myanmar Nko Ol_Chiki Oriya Sinhala Sundanese Syriac " +
  "Tamil Telugu Thaana Thai Tibetan Tifinagh Vai Yi"
).split(" ");

let loading: Promise<readonly CodeRange[]> | undefined;

/**
 * Rejects a text with characters for which no font has a glyph, because they would be drawn as boxes.
 *
 * @throws {ProgImageError} `invalid_parameter`, with the names of their scripts
 */
export async function checkGlyphs(text: string, { fonts }: Pick<StepContext, "fonts">): Promise<void> {
  const names = missingScripts(text, await (loading ??= coverageOf(fonts)));
  if (names.length === 0) return;
  const named = names.slice(0, MOST_NAMED).join(", ") + (names.length > MOST_NAMED ? " and others" : "");
  throw new ProgImageError(
    "invalid_parameter",
    `Cannot draw the text as no font of the server has glyphs for all its characters: they are missing for ${named}; fonts are added by PROGIMAGE_FONTS_DIR`,
    { details: { parameter: "text" } },
  );
}

/** Returns the scripts of a text's characters outside the ranges; those of no script by their code points. */
export function missingScripts(text: string, ranges: readonly CodeRange[]): readonly string[] {
  const characters = [...new Set(text)].filter((character) => !NEEDS_NONE_REGEXP.test(character));
  const missing = characters.filter((character) => !covers(ranges, character.codePointAt(0) ?? 0));
  return [...new Set(missing.map(scriptOf))];
}

async function coverageOf(fonts: readonly string[]): Promise<readonly CodeRange[]> {
  const isConfigured = await Bun.file(SYSTEM_CONFIGURATION).exists();
  const system = isConfigured ? SYSTEM_FOLDERS.flatMap(fontsIn) : [];
  const ranges = await Promise.all([...BUNDLED_FONTS, ...fonts, ...system].map(fontCoverage));
  return merged(ranges.flat());
}

function fontsIn(folder: string): readonly string[] {
  try {
    return [...new Bun.Glob("**/*.{ttf,otf,ttc,otc}").scanSync({ cwd: folder, absolute: true })];
  } catch {
    return [];
  }
}

function merged(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([one], [other]) => one - other)) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function covers(ranges: readonly CodeRange[], code: number): boolean {
  return ranges.some(([first, last]) => first <= code && code <= last);
}

function scriptOf(character: string): string {
  const script = SCRIPTS.find((name) => new RegExp(`\\p{Script=${name}}`, "u").test(character));
  const code = character.codePointAt(0) ?? 0;
  return script?.replaceAll("_", " ") ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
