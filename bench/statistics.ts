/** Gives the middle one of some figures. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** Gives the figure below which so many hundredths of all lie, between the two nearest where it falls between them. */
export function percentile(figures: readonly number[], hundredths: number): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const place = (hundredths / 100) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place % 1);
}

/** Gives a figure with as many digits as mean something. */
export function rounded(figure: number, digits = 3): number {
  return Number(figure.toPrecision(digits));
}

/** Gives by how much y grows when x grows by one: the line that has the least squares of distances. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  let [together, alone] = [0, 0];
  for (const [x, y] of points) {
    together += (x - meanX) * (y - meanY);
    alone += (x - meanX) ** 2;
  }
  return together / alone;
}

/** Milliseconds within which so many of all requests were answered. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** Gives the latency of some requests, by their milliseconds. */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const of = (hundredths: number) => rounded(percentile(milliseconds, hundredths));
  return { p50: of(50), p90: of(90), p99: of(99), p999: of(99.9) };
}

/** Gives, of each percentile, the median of several measurements. */
export function medianLatency(latencies: readonly Latency[]): Latency {
  const of = (name: keyof Latency) => rounded(median(latencies.map((latency) => latency[name])));
  return { p50: of("p50"), p90: of("p90"), p99: of("p99"), p999: of("p999") };
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
