/** Runs every check that a commit must pass: the fastest first, the tests last, so that their counts end the output. */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["types", process.execPath, "check"],
  ["lint", process.execPath, "x", "oxlint", "--deny-warnings"],
  ["format", process.execPath, "fmt", "--check"],
  ["tests and house rules", process.execPath, "scripts/test.ts"],
];

for (const [name, ...command] of CHECKS) {
  console.log(`\n— ${name}`);
  const { exitCode } = Bun.spawnSync(command, {
    cwd: `${import.meta.dir}/..`,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (exitCode === 0) continue;
  console.error(`\nNot ok: ${name}`);
  process.exit(exitCode || 1);
}
