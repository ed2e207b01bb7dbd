import { ConfigError } from "../settings/config.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const DURATION_REGEXP = /^(\d{1,6})([smhd])$/;

/** Returns a text such as `90d` or `12h` in milliseconds. @throws {ConfigError} that names the option */
export function durationOf(text: string, option: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds !== null) return milliseconds;
  throw new ConfigError(
    `Cannot use ${option} as it must be a number with s, m, h or d, such as 12h: it is ${JSON.stringify(text)}`,
  );
}

/** Returns a date, or a time from now, in milliseconds since 1970; `null` without a text. @throws {ConfigError} */
export function expiryOf(text: string | undefined, now: number = Date.now()): number | null {
  if (text === undefined) return null;
  const milliseconds = readDuration(text);
  if (milliseconds !== null) return now + milliseconds;
  const date = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(date)) return date;
  throw new ConfigError(
    `Cannot use --expires as it must be a date such as 2030-01-31, or a time from now such as 90d: it is ${JSON.stringify(text)}`,
  );
}

function readDuration(text: string): number | null {
  const [, number, unit = ""] = DURATION_REGEXP.exec(text) ?? [];
  return number === undefined ? null : Number(number) * (UNITS[unit] ?? 0);
}
