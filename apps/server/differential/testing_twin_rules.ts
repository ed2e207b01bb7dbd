import { psnr } from "@progimage/core/testing";
import { type Checked, tooUnlike } from "./testing_finding.ts";
import type { Input, Twins } from "./testing_inputs.ts";
import { pixelsOf, type Stage } from "./testing_stage.ts";

/** The least likeness in decibels of renders that must look the same. Levels of 16 bits are rounded once more than those of 8. */
const LEAST = 38;

/** Steps that look at all frames together or at the first only, so that a frame alone gives another result. */
const WHOLE_ANIMATION = /trim|attention|entropy|normalize|clahe/;

/** Renders an example from two files that look the same. The results must look the same. */
export async function checkTwins(stage: Stage, { name, one, other }: Twins, query: string): Promise<Checked> {
  const [first, second] = await Promise.all([one, other].map((input) => renderPng(stage, input, query)));
  const fault = first && second ? compare("the twins differ", first, second, LEAST) : "it was not rendered";
  return { input: name, render: `${query} .png`, fault };
}

/** Renders an example from an animation. Each frame must be as if it were a still. */
export async function checkFrames(
  stage: Stage,
  animation: Input,
  stills: readonly Input[],
  query: string,
): Promise<Checked> {
  const render = `${query} .webp`;
  if (WHOLE_ANIMATION.test(query)) return { input: animation.name, render, fault: null };
  const options = "compress=lossless:true";
  const { status, bytes } = await stage.render(await stage.store(animation), `${query}&${options}`, "webp");
  if (status !== 200) return { input: animation.name, render, fault: `status ${status}` };
  for (const [page, still] of stills.entries()) {
    const alone = await renderPng(stage, still, query);
    if (!alone) return { input: animation.name, render, fault: `${still.name} alone was not rendered` };
    const fault = compare(`frame ${page} differs`, await pixelsOf(bytes, { page }), alone, LEAST);
    if (fault) return { input: animation.name, render, fault };
  }
  return { input: animation.name, render, fault: null };
}

/** Carries out two steps in one render, and in two with a PNG between them. The results must look the same. */
export async function checkOrder(
  stage: Stage,
  input: Input,
  first: string,
  second: string,
): Promise<Checked> {
  const render = `${first}&${second} .png`;
  const together = await renderPng(stage, input, `${first}&${second}`);
  const between = await stage.render(await stage.store(input), first, "png");
  const saved: Input = { name: first, format: "png", bytes: between.bytes };
  const apart = between.status === 200 ? await renderPng(stage, saved, second) : null;
  const fault =
    together && apart
      ? compare("two renders differ from one", together, apart, LEAST)
      : "it was not rendered";
  return { input: input.name, render, fault };
}

async function renderPng(stage: Stage, input: Input, query: string) {
  const { status, bytes } = await stage.render(await stage.store(input), query, "png");
  return status === 200 ? await pixelsOf(bytes) : null;
}

type Decoded = Awaited<ReturnType<typeof pixelsOf>>;

function compare(what: string, one: Decoded, other: Decoded, least: number): string | null {
  if (one.width !== other.width || one.height !== other.height)
    return `${what}: ${one.width} × ${one.height} and ${other.width} × ${other.height} pixels`;
  return tooUnlike(what, psnr(one, other), least);
}
