/** The program of a health watch: requests a URL every few milliseconds until its input ends, then prints the results. */
const [url = ""] = process.argv.slice(2);
const PAUSE_MILLISECONDS = 5;
const TIMEOUT_MILLISECONDS = 10_000;

const times: number[] = [];
let failures = 0;
const ending = new AbortController();
process.stdin.on("end", () => ending.abort()).resume();

while (!ending.signal.aborted) {
  const start = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
    await response.bytes();
    if (!response.ok) failures++;
  } catch {
    failures++;
  }
  times.push(performance.now() - start);
  if (times.length === 1) await Bun.write(Bun.stdout, " ");
  await Bun.sleep(PAUSE_MILLISECONDS);
}
console.log(JSON.stringify({ failures, times }));
