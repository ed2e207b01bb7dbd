import { EMOJI_FAMILY } from "./fonts.ts";

const MOST_MARKS = 8;
const LINE_BREAK_REGEXP = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
const CONTROL_REGEXP = /[^\P{Cc}\n]/gu;
/** Excessive combining marks: no language stacks more than a few on a letter. */
const PILE_REGEXP = new RegExp(String.raw`(\p{M}{${MOST_MARKS}})\p{M}+`, "gu");
const VISIBLE_REGEXP = /[^\s\p{Default_Ignorable_Code_Point}]/u;
const SPECIAL_REGEXP = /\p{RGI_Emoji}|[&<>]/gv;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const LEFT_TO_RIGHT_MARK = "\u200e";
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/** Removes control characters and normalises line breaks to line feeds. Returns `null` if no visible character is left. */
export function cleanText(text: string): string | null {
  const clean = text
    .replace(LINE_BREAK_REGEXP, "\n")
    .replaceAll("\t", "    ")
    .replace(CONTROL_REGEXP, "")
    .replace(PILE_REGEXP, "$1")
    .replace(/^(?:[^\S\n]*\n)+|\s+$/g, "");
  return VISIBLE_REGEXP.test(clean) ? clean : null;
}

/** Splits a text into user-perceived characters. */
export function graphemesOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/**
 * Returns Pango markup that shows a text literally. The first letter of each line decides its direction, left to right or right to left.
 * The alignments `left` and `right` keep their meaning for both.
 */
export function textMarkup(text: string): string {
  return text
    .split("\n")
    .map((line) => LEFT_TO_RIGHT_MARK + FIRST_STRONG_ISOLATE + lineMarkup(line) + POP_ISOLATE)
    .join("\n");
}

/** A keycap is drawn as one character only if its digit has the emoji font too. */
function lineMarkup(line: string): string {
  return line.replace(
    SPECIAL_REGEXP,
    (special) => ENTITIES[special] ?? `<span font_family="${EMOJI_FAMILY}">${special}</span>`,
  );
}
