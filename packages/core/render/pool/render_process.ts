import { loadPlugins } from "../../transform/contract/load_plugins.ts";
import { restWhenIdle } from "../../waiting/rest_when_idle.ts";
import { carryOut, describe, traceOf, type Workshop } from "./carry_out.ts";
import { useFontFolder } from "./font_files.ts";
import { giveBackMemory } from "./give_back_memory.ts";
import type { Outcome, RenderOrder, RenderReply, SetUp } from "./render_message.ts";
import { SharedObjects } from "./shared_objects.ts";
import { assertVersions, encoderFingerprint, lockSettings, sharp } from "../sharp_setup.ts";
import { chooseShrinkOnLoad } from "../shrink_on_load.ts";

// The program of a render process. It does one task at a time and exits when its parent does.
let workshop: Workshop | null = null;
let setUpTicket = "";

// Only this module may send messages to the parent, so plugins must not find a `process.send`.
const send = process.send?.bind(process);
process.send = undefined;

const work = restWhenIdle(giveBackMemory);

process.on("message", async (message: SetUp | RenderOrder) => {
  if (message.type === "set-up") return await setUp(message);
  work();
  if (!workshop) throw new Error("Cannot work before the set-up");
  const outcome = await carryOut(message.task, workshop).catch((error: unknown): Outcome => {
    spoil(error);
    return { type: "failed", failure: describe(error) };
  });
  reply({ ...outcome, ticket: message.ticket });
});
// Code that a plugin left running may fail at any time. The current task is not to blame, but the process can no longer be trusted.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, spoil);
}
process.on("disconnect", () => process.exit(0));
// Ctrl+C reaches every process of a terminal. The server finishes its requests first and then ends this process.
process.on("SIGINT", () => {});

async function setUp({ limits, plugins, pluginVariables, ticket, ...options }: SetUp): Promise<void> {
  setUpTicket = ticket;
  chooseShrinkOnLoad(options.shrinkOnLoad);
  try {
    assertVersions();
    useFontFolder(options.fontFolder);
    const onLoading = (module: string) => reply({ type: "loading", module, ticket });
    const transforms = await loadPlugins(plugins, { onLoading, variables: pluginVariables });
    lockSettings();
    workshop = {
      transforms,
      limits,
      shared: options.arePluginsTrusted ? null : new SharedObjects({ sharp }),
    };
    reply({ type: "hello", fingerprint: encoderFingerprint(), ticket });
  } catch (error) {
    reply({ type: "stillborn", message: messageOf(error), ticket });
  }
}

function spoil(error: unknown): void {
  reply({ type: "spoilt", message: messageOf(error), trace: traceOf(error), ticket: setUpTicket });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function reply(message: RenderReply): void {
  send?.(message);
}
