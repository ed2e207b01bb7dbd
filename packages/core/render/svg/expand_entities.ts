const ENTITY_REGEXP = /<!ENTITY\s+([^\s%"'<>]+)\s+(?:"([^"]*)"|'([^']*)')\s*>/g;
const REFERENCE_REGEXP = /&([^\s#&;"'<>]{1,256});/g;

/** The deepest nesting of entities. */
const MOST_DEPTH = 32;

/**
 * Expands the entities that an XML document declares.
 *
 * @returns `null` if the result has more than `most` characters
 */
export function expandEntities(xml: string, most: number): string | null {
  if (!xml.includes("<!ENTITY")) return xml;
  const declared = new Map<string, string>();
  for (const [, name = "", double, single = ""] of xml.matchAll(ENTITY_REGEXP)) {
    // The first declaration of a name counts.
    if (!declared.has(name)) declared.set(name, double ?? single);
  }
  const expanded = new Map<string, string>();
  let isTooLong = false;
  const expand = (text: string, depth: number): string => {
    let length = text.length;
    return text.replace(REFERENCE_REGEXP, (reference, name: string) => {
      if (isTooLong || !declared.has(name)) return reference;
      const value = expanded.get(name) ?? valueOf(name, depth);
      length += value.length;
      isTooLong ||= length > most;
      return isTooLong ? "" : value;
    });
  };
  const valueOf = (name: string, depth: number): string => {
    isTooLong ||= depth > MOST_DEPTH;
    const value = isTooLong ? "" : expand(declared.get(name) ?? "", depth + 1);
    expanded.set(name, value);
    return value;
  };
  const written = expand(xml, 0);
  return isTooLong ? null : written;
}
