import { expect, test } from "bun:test";
import { join } from "node:path";

/** Returns a program with a log in the given format. */
function programOf(format: string, work: string): string {
  return `
    import { openLog } from ${JSON.stringify(join(import.meta.dir, "log.ts"))};
    const { log } = await openLog({ debug: false, logFormat: "${format}", logLevel: "info" });
    ${work}
  `;
}

function start(program: string) {
  return Bun.spawn([process.execPath, "-e", program], { stderr: "pipe", stdout: "ignore" });
}

test("openLog() writes errors immediately, even while other lines are being written", async () => {
  const work = `
    for (let number = 0; number < 5; number++) log.error({ number }, "fault");
    setInterval(() => {}, 60_000);
  `;
  await using program = start(programOf("json", work));
  const deadline = setTimeout(() => program.kill(), 5_000);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of program.stderr) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split("\n").length > 5) break;
  }
  clearTimeout(deadline);
  const lines = text.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).number)).toEqual([0, 1, 2, 3, 4]);
});

test("openLog() writes the last lines of a process that exits while other lines are being written", async () => {
  const work = `
    for (let number = 0; number < 600; number++) log.info({ number }, "work");
    process.exit(0);
  `;
  const text = await new Response(start(programOf("json", work)).stderr).text();
  const lines = text.trim().split("\n");
  const numbers = lines.map((line): number => JSON.parse(line).number);
  expect(numbers.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 600 }, (_, n) => n));
});

test("openLog() writes lines for people when it is told to", async () => {
  const program = programOf("pretty", `log.warn({ count: 3 }, "fault");`);
  const text = await new Response(start(program).stderr).text();
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: fault\n {4}count: 3\n$/);
});
