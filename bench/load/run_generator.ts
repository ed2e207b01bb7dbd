/** The output and cost of a load generator. */
export interface GeneratorOutput {
  readonly text: string;
  /** CPU cores that it kept busy. */
  readonly cores: number;
}

/** Runs a load generator to its end in its own process, and measures its CPU time. */
export async function runGenerator(command: readonly string[], input = ""): Promise<GeneratorOutput> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "65000" },
  });
  const [text, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) throw new Error(`Cannot run ${command[0]}: exit code ${code}, ${complaint || text}`);
  const cpuSeconds = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  return { text, cores: Number((cpuSeconds / seconds).toFixed(2)) };
}
