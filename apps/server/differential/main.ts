import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { showProgress } from "../commands/show_progress.ts";
import { writeContactSheet } from "./testing_contact_sheet.ts";
import { compareRenders } from "./testing_differential.ts";
import { testingInputs } from "./testing_inputs.ts";
import { openStage } from "./testing_stage.ts";

const HELP = `bun run differential [--one-of N] [--sheet FILE]

Renders every example of every transform from 16 kinds of files in every format. Compares the results with each other, with slower ways to
the same result, and with ImageMagick, vipsthumbnail, Pillow and rsvg-convert where they are installed. It takes some minutes.
--one-of checks every Nth render only. --sheet writes a PNG with all renders, to be looked at.`;

const { values: options } = parseArgs({
  options: {
    "one-of": { type: "string", default: "1" },
    sheet: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const oneOf = Number(options["one-of"]);
if (!Number.isInteger(oneOf) || oneOf < 1) {
  console.error(`Cannot use --one-of ${options["one-of"]}: it must be an integer from 1`);
  process.exit(2);
}

await using stage = await openStage();
const progress = showProgress();
const { checks, findings, tools } = await compareRenders(stage, {
  oneOf,
  onProgress: (done, total) => progress.show({ done, total, text: `${done} of ${total} comparisons` }),
});
progress.stop();
for (const { input, render, fault } of findings) console.log(`${input} · ${render}\n    ${fault}`);
if (options.sheet) {
  await writeContactSheet(stage, await testingInputs(), resolve(options.sheet));
  console.log(`Written ${options.sheet}`);
}
console.log(
  `\n${checks} checks, ${findings.length} faults; compared with ${tools.join(", ") || "no other program"}`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
