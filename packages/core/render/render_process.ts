import { isProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { TransformRegistry } from "../transform/registry.ts";
import { fromStorageError } from "../storage_error.ts";
import { loadPlugins } from "../transform/load_plugins.ts";
import { probeImage } from "./probe_image.ts";
import type { RenderFailure, RenderReply, RenderTask, SetUp } from "./render_message.ts";
import { renderJob } from "./render_job.ts";
import { encoderFingerprint } from "./sharp_setup.ts";
import { blameStorage, isWorthAnotherLook } from "./unreadable_input.ts";

/** What a render process works with. */
interface Workshop {
  readonly transforms: TransformRegistry;
  readonly limits: Limits;
}

// The program of a render process: does one task at a time, and leaves when its parent does.
let workshop: Workshop | null = null;

process.on("message", async (message: SetUp | RenderTask) => {
  if (message.type === "set-up") return await setUp(message);
  if (!workshop) throw new Error("Cannot work before the set-up");
  reply(await carryOut(message, workshop));
});
// What a plugin has left running may fail at any time. The task at hand is not to blame, but the process is not to be trusted.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, (error: unknown) => reply({ type: "spoilt", trace: Bun.inspect(error) }));
}
process.on("disconnect", () => process.exit(0));
// Ctrl+C reaches every process of a terminal: the server lets requests finish, and ends us when it is done.
process.on("SIGINT", () => {});

async function setUp({ plugins, limits }: SetUp): Promise<void> {
  try {
    workshop = { transforms: await loadPlugins(plugins), limits };
    reply({ type: "hello", fingerprint: encoderFingerprint() });
  } catch (error) {
    reply({ type: "stillborn", message: error instanceof Error ? error.message : String(error) });
  }
}

async function carryOut(task: RenderTask, { transforms, limits }: Workshop): Promise<RenderReply> {
  for (let tries = 1; ; tries++) {
    try {
      const result =
        task.type === "probe"
          ? await probeImage(task.path, limits)
          : await renderJob(task.job, transforms, limits);
      return { type: "done", result };
    } catch (error) {
      if (tries === 1 && isWorthAnotherLook(error, task)) continue;
      const explained = fromStorageError(await blameStorage(error, task), { isMissingTrouble: true });
      return { type: "failed", failure: describe(explained) };
    }
  }
}

function describe(error: unknown): RenderFailure {
  const trace = Bun.inspect(error);
  if (isProgImageError(error))
    return { code: error.code, message: error.message, details: error.details, trace };
  return { code: null, message: error instanceof Error ? error.message : String(error), details: {}, trace };
}

function reply(message: RenderReply): void {
  process.send?.(message);
}
