import { loadPlugins } from "../../transform/contract/load_plugins.ts";
import { carryOut, describe, traceOf, type Workshop } from "./carry_out.ts";
import type { Outcome, RenderOrder, RenderReply, SetUp } from "./render_message.ts";
import { SharedObjects } from "./shared_objects.ts";
import { encoderFingerprint, lockSettings, sharp } from "../sharp_setup.ts";

// The program of a render process: does one task at a time, and leaves when its parent does.
let workshop: Workshop | null = null;
let setUpTicket = "";

// What is said to the parent is ours alone: a plugin that asks whether there is one hears that there is none.
const send = process.send?.bind(process);
process.send = undefined;

process.on("message", async (message: SetUp | RenderOrder) => {
  if (message.type === "set-up") return await setUp(message);
  if (!workshop) throw new Error("Cannot work before the set-up");
  const outcome = await carryOut(message.task, workshop).catch((error: unknown): Outcome => {
    spoil(error);
    return { type: "failed", failure: describe(error) };
  });
  reply({ ...outcome, ticket: message.ticket });
});
// What a plugin has left running may fail at any time. The task at hand is not to blame, but the process is not to be trusted.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, spoil);
}
process.on("disconnect", () => process.exit(0));
// Ctrl+C reaches every process of a terminal: the server lets requests finish, and ends us when it is done.
process.on("SIGINT", () => {});

async function setUp({ limits, plugins, pluginVariables, arePluginsTrusted, ticket }: SetUp): Promise<void> {
  setUpTicket = ticket;
  try {
    const onLoading = (module: string) => reply({ type: "loading", module, ticket });
    const transforms = await loadPlugins(plugins, { onLoading, variables: pluginVariables });
    lockSettings();
    workshop = { transforms, limits, shared: arePluginsTrusted ? null : new SharedObjects({ sharp }) };
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
