const UNITS = [
  { name: "day", milliseconds: 86_400_000 },
  { name: "hour", milliseconds: 3_600_000 },
  { name: "minute", milliseconds: 60_000 },
];
const SECOND = { name: "second", milliseconds: 1_000 };

/** Returns how far a clock is off, in the largest unit with a count of at least two: `10 minutes ahead of` or `7 seconds behind`. */
export function differenceText(lead: number): string {
  const amount = Math.abs(lead);
  const unit = UNITS.find(({ milliseconds }) => Math.round(amount / milliseconds) >= 2) ?? SECOND;
  const count = Math.round(amount / unit.milliseconds);
  return `${count} ${unit.name}${count === 1 ? "" : "s"} ${lead > 0 ? "ahead of" : "behind"}`;
}
