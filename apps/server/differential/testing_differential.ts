import { OUTPUT_FORMATS } from "@progimage/core";
import type { Checked, Finding } from "./testing_finding.ts";
import { testingFrames, testingInputs, testingTwins } from "./testing_inputs.ts";
import { checkOutputs } from "./testing_output_rules.ts";
import { checkReference, REFERENCES, suits } from "./testing_reference_rules.ts";
import { findTools } from "./testing_reference_tools.ts";
import type { Stage } from "./testing_stage.ts";
import { checkFrames, checkOrder, checkTwins } from "./testing_twin_rules.ts";

/** Options for {@linkcode compareRenders}. */
export interface CompareRendersOptions {
  /** Checks one of this many renders. @default {1} */
  readonly oneOf?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The results of all checks. */
export interface ComparedRenders {
  readonly checks: number;
  readonly findings: readonly Finding[];
  /** The programs of others that results were compared with. */
  readonly tools: readonly string[];
}

const AT_A_TIME = 4;

/**
 * Renders every example of every transform from every kind of input, in every format. Compares the results with each other, with slower
 * ways to the same result, and with other programs where they are installed.
 */
export async function compareRenders(
  stage: Stage,
  { oneOf = 1, onProgress = () => {} }: CompareRendersOptions = {},
): Promise<ComparedRenders> {
  const [inputs, twins, frames, tools] = await Promise.all([
    testingInputs(),
    testingTwins(),
    testingFrames(),
    findTools(),
  ]);
  const { examples } = stage;
  const pixelExamples = examples.filter((example) => !example.startsWith("compress"));
  const animations = inputs.filter(({ name }) => name.endsWith("animation"));
  const [first] = inputs;
  const pairs = pixelExamples.map(
    (example, index) => [example, pixelExamples.at(index - 7) ?? example] as const,
  );
  const tasks: readonly (() => Promise<readonly Checked[]>)[] = [
    ...examples.flatMap((query, row) =>
      inputs.map(
        (input, column) => () =>
          checkOutputs(stage, input, query, oneOf === 1 ? OUTPUT_FORMATS : formatsAt(row + column)),
      ),
    ),
    ...pixelExamples.flatMap((query) =>
      twins.map((pair) => async () => [await checkTwins(stage, pair, query)]),
    ),
    ...pixelExamples.flatMap((query) =>
      animations.map((input) => async () => [await checkFrames(stage, input, frames, query)]),
    ),
    ...pairs.map(
      ([one, other]) =>
        async () =>
          first ? [await checkOrder(stage, first, one, other)] : [],
    ),
    ...REFERENCES.flatMap((reference) => {
      const convert = tools.get(reference.tool);
      const suitable = convert ? inputs.filter((input) => suits(reference, input)) : [];
      return suitable.map(
        (input) => async () => (convert ? [await checkReference(stage, input, reference, convert)] : []),
      );
    }),
  ];
  // A prime step visits every example, every input and every rule.
  const chosen = tasks.filter((_, index) => index % oneOf === 0);
  const checked: Checked[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    for (let task = chosen[next++]; task; task = chosen[next++]) {
      checked.push(...(await task()));
      onProgress(++done, chosen.length);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const findings = checked.flatMap(({ fault, ...render }) => (fault === null ? [] : [{ ...render, fault }]));
  return { checks: checked.length, findings, tools: [...tools.keys()] };
}

/** Returns PNG and one other format, which changes from render to render. */
function formatsAt(index: number) {
  const others = OUTPUT_FORMATS.filter((format) => format !== "png");
  const other = others[index % others.length];
  return other ? (["png", other] as const) : (["png"] as const);
}
