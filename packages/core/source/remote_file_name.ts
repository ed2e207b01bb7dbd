import { ATTRIBUTE_LIMITS } from "../image/attribute_table.ts";

const EXTENDED_NAME_REGEXP = /(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i;
const QUOTED_NAME_REGEXP = /(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i;
const TOKEN_NAME_REGEXP = /(?:^|;)\s*filename\s*=\s*([^\s;"]+)/i;

/**
 * Returns a name for the bytes of a URL: the file name that the response suggests, or else the last segment of the path. Empty if there is
 * none. Never contains a folder or a control character.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
export function remoteFileName(url: URL, contentDisposition: string | undefined): string {
  return cleanName(suggestedName(contentDisposition ?? "")) || cleanName(decode(url.pathname));
}

function suggestedName(header: string): string {
  const extended = EXTENDED_NAME_REGEXP.exec(header)?.[1];
  if (extended !== undefined) return decode(extended);
  const quoted = QUOTED_NAME_REGEXP.exec(header)?.[1]?.replace(/\\(.)/g, "$1");
  return readUtf8(quoted ?? TOKEN_NAME_REGEXP.exec(header)?.[1] ?? "");
}

/** Decodes a header as UTF-8 if it is valid. Headers arrive with one character for each byte, while many servers send UTF-8 in them. */
function readUtf8(text: string): string {
  if (/[^\0-\xff]/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

/** Leaves a text unchanged if a percent sign in it begins no valid escape. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Removes characters that could forge a line, and those that change the direction of text so that one extension looks like another. */
function cleanName(path: string): string {
  const name = (path.split(/[/\\]/).at(-1) ?? "").slice(0, ATTRIBUTE_LIMITS.nameCharacters);
  const clean = name.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, "").trim();
  return /^\.*$/.test(clean) ? "" : clean;
}
