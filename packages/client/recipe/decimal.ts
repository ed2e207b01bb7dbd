const EXPONENT_REGEXP = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/;

/** Returns a finite number without an exponent, as in URLs. Parsing it returns the same number. */
export function decimalOf(value: number): string {
  const text = String(value);
  const [, sign = "", whole = "", fraction = "", exponent] = EXPONENT_REGEXP.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return point <= 0 ? `${sign}0.${"0".repeat(-point)}${digits}` : sign + digits.padEnd(point, "0");
}
