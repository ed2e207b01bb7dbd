import { expect, test } from "bun:test";
import { join } from "node:path";

const PROGRAM = `
import { createLog } from ${JSON.stringify(join(import.meta.dir, "log.ts"))};
const log = await createLog({ debug: false, logFormat: "json", logLevel: "info" });
for (let number = 0; number < 5; number++) log.error({ number }, "trouble");
setInterval(() => {}, 60_000);
`;

test("createLog() writes errors at once, those as well that come while others are written", async () => {
  await using program = Bun.spawn([process.execPath, "-e", PROGRAM], { stderr: "pipe", stdout: "ignore" });
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
