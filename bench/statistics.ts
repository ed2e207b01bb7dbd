/** Returns the median. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** Returns a percentile, interpolated between the two nearest figures. */
export function percentile(figures: readonly number[], hundredths: number): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const place = (hundredths / 100) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place % 1);
}

/** Returns a figure with this number of significant digits. */
export function rounded(figure: number, digits = 3): number {
  return Number(figure.toPrecision(digits));
}

/** Returns the slope of the least-squares line: how much y grows when x grows by one. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  let [together, alone] = [0, 0];
  for (const [x, y] of points) {
    together += (x - meanX) * (y - meanY);
    alone += (x - meanX) ** 2;
  }
  return together / alone;
}

/** The milliseconds within which a percentage of all requests were answered. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** Returns the latency of requests by their milliseconds. */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const of = (hundredths: number) => rounded(percentile(milliseconds, hundredths));
  return { p50: of(50), p90: of(90), p99: of(99), p999: of(99.9) };
}

/** Returns the median of each percentile over several measurements. */
export function medianLatency(latencies: readonly Latency[]): Latency {
  const of = (name: keyof Latency) => rounded(median(latencies.map((latency) => latency[name])));
  return { p50: of("p50"), p90: of("p90"), p99: of("p99"), p999: of("p999") };
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
