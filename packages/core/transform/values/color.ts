import colorString from "color-string";

const HEX_REGEXP = /^#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const NAME_REGEXP = /^[a-z]{3,24}$/i;

/**
 * Reads a colour: a CSS name, or 3, 4, 6 or 8 hexadecimal digits, with or without `#`.
 *
 * @returns `rrggbb` in lower case, or `rrggbbaa` if it is not opaque; `null` for any other text
 */
export function readColor(text: string): string | null {
  if (HEX_REGEXP.test(text)) return canonicalHex(text.replace("#", "").toLowerCase());
  if (!NAME_REGEXP.test(text)) return null;
  const rgb = colorString.get.rgb(text.toLowerCase());
  if (!rgb) return null;
  const [red = 0, green = 0, blue = 0, alpha = 1] = rgb;
  return canonicalHex(
    [red, green, blue, Math.round(alpha * 255)].map((value) => value.toString(16).padStart(2, "0")).join(""),
  );
}

function canonicalHex(digits: string): string {
  const long = digits.length <= 4 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return long.length === 8 && long.endsWith("ff") ? long.slice(0, 6) : long;
}
