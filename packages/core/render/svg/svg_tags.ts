/** A start tag of an XML document. */
export interface StartTag {
  /** The name without the prefix of its namespace. */
  readonly name: string;
  /** Values by names without prefix, with character references resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Whether the element has no content and no end tag. */
  readonly isEmpty: boolean;
}

/** A tag of an XML document; `null` is an end tag. */
export type Tag = StartTag | null;

const NAME_REGEXP = /[^\s<>/="']+/y;
const ATTRIBUTE_REGEXP = /\s*([^\s<>/="']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const TAG_END_REGEXP = /\s*(\/?)>/y;

/** The beginnings and ends of markup that is not a tag of an element. */
const SKIPPED = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
  ["<!", ">"],
] as const;

/**
 * Yields the tags of an XML document in order, in linear time. Stops where the document is not well-formed, like the parser that draws it.
 */
export function* readTags(xml: string): Generator<Tag> {
  for (let at = xml.indexOf("<"); at >= 0; at = xml.indexOf("<", at)) {
    const skipped = SKIPPED.find(([begin]) => xml.startsWith(begin, at));
    if (skipped) {
      const [begin, end] = skipped;
      const endsAt = xml.indexOf(end, at + begin.length);
      if (endsAt < 0) return;
      at = endsAt + end.length;
    } else if (xml[at + 1] === "/") {
      const endsAt = xml.indexOf(">", at);
      if (endsAt < 0) return;
      yield null;
      at = endsAt;
    } else {
      const read = readStartTag(xml, at + 1);
      if (!read) return;
      yield read.tag;
      at = read.endsAt;
    }
  }
}

function readStartTag(xml: string, at: number): { readonly tag: StartTag; readonly endsAt: number } | null {
  const name = match(NAME_REGEXP, xml, at);
  if (!name) return null;
  let endsAt = NAME_REGEXP.lastIndex;
  const attributes = new Map<string, string>();
  for (;;) {
    const attribute = match(ATTRIBUTE_REGEXP, xml, endsAt);
    if (!attribute) break;
    endsAt = ATTRIBUTE_REGEXP.lastIndex;
    const [, key = "", double, single = ""] = attribute;
    attributes.set(localName(key), resolveCharacters(double ?? single));
  }
  const end = match(TAG_END_REGEXP, xml, endsAt);
  if (!end) return null;
  const tag = { name: localName(name[0]), attributes, isEmpty: end[1] === "/" };
  return { tag, endsAt: TAG_END_REGEXP.lastIndex };
}

function match(regexp: RegExp, text: string, at: number): RegExpExecArray | null {
  regexp.lastIndex = at;
  return regexp.exec(text);
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const CHARACTER_REGEXP = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const LAST_CODE_POINT = 0x10_ff_ff;

function resolveCharacters(value: string): string {
  if (!value.includes("&")) return value;
  return value.replace(CHARACTER_REGEXP, (all, hex?: string, decimal?: string, name?: string) => {
    if (name) return NAMED[name.toLowerCase()] ?? all;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : "";
  });
}
