import { isProgImageError, ProgImageError } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import type { Limits } from "../../limits.ts";
import { fromStorageError } from "../../storage_error.ts";
import type { TransformRegistry } from "../../transform/contract/registry.ts";
import { probeImage } from "../probe_image.ts";
import { renderJob } from "../render_job.ts";
import type { Outcome, RenderFailure, RenderTask } from "./render_message.ts";
import type { Rendered } from "../renderer.ts";
import type { SharedObjects } from "./shared_objects.ts";
import { nameTransforms } from "../sharp_error.ts";
import { blameStorage, isWorthAnotherLook } from "./unreadable_input.ts";

/** The parts of a render process that tasks share. */
export interface Workshop {
  readonly transforms: TransformRegistry;
  readonly limits: Limits;
  /** The objects that are compared after each task; `null` if all plugins are trusted not to change them. */
  readonly shared: SharedObjects | null;
}

/** The most characters of an error that are logged. */
const TRACE_CHARACTERS = 10_000;

/** A task changed an object that all tasks of the process share. The change has been undone. */
class ChangedError extends Error {
  override readonly name = "ChangedError";
  readonly changed: string;

  constructor(changed: string) {
    super(`${changed} was changed`);
    this.changed = changed;
  }
}

/**
 * Carries out a task. If a shared object has changed when the task fails or ends, the task is retried once. An earlier task may have left
 * code running that causes the change. If it happens again, the task itself is to blame.
 *
 * @throws {TypeError} if a change cannot be undone
 */
export async function carryOut(task: RenderTask, workshop: Workshop): Promise<Outcome> {
  let suspicion: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return { type: "done", result: await attempt(task, workshop), suspicion };
    } catch (error) {
      const changed = error instanceof ChangedError ? error.changed : restore(workshop);
      if (changed !== null) suspicion = `a plugin has changed ${changed}`;
      if (tries === 1 && (changed !== null || isWorthAnotherLook(error, task))) continue;
      const blamed = changed === null ? await blameStorage(error, task) : vandalism(task, changed);
      const explained = fromStorageError(blamed, { isMissingFault: true });
      return { type: "failed", failure: describe(explained), suspicion };
    }
  }
}

async function attempt(task: RenderTask, workshop: Workshop): Promise<Probe | Rendered> {
  const { transforms, limits } = workshop;
  const onRendered = () => {
    const changed = restore(workshop);
    if (changed !== null) throw new ChangedError(changed);
  };
  if (task.type === "render") return await renderJob(task.job, transforms, limits, { onRendered });
  const probe = await probeImage(task.path, limits);
  onRendered();
  return probe;
}

/** Undoes changes of shared objects. @returns the name of one of them, or `null` */
function restore({ shared }: Workshop): string | null {
  return shared === null ? null : shared.restore();
}

function vandalism(task: RenderTask, changed: string): ProgImageError {
  const steps = task.type === "render" ? task.job.steps : [];
  const culprit = nameTransforms(steps.map(({ transform }) => transform));
  const message = `Cannot process image as ${culprit} changes ${changed}, which all renders share`;
  return new ProgImageError("plugin_failed", message);
}

/** Returns an error as text for the log, cut to a limit because errors of plugins and libraries may be large. */
export function traceOf(error: unknown): string {
  return Bun.inspect(error).slice(0, TRACE_CHARACTERS);
}

/** Returns an error in the form that is sent between processes. */
export function describe(error: unknown): RenderFailure {
  const trace = traceOf(error);
  if (isProgImageError(error))
    return { code: error.code, message: error.message, details: error.details, trace };
  return { code: null, message: error instanceof Error ? error.message : String(error), details: {}, trace };
}
