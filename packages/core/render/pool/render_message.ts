import type { ErrorCode, ErrorDetails } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import type { Limits } from "../../limits.ts";
import type { Rendered, RenderJob } from "../renderer.ts";
import type { ShrinkOnLoad } from "../shrink_on_load.ts";

/** The first message to a render process: its configuration. */
export interface SetUp {
  readonly type: "set-up";
  /** Returned with each {@linkcode RenderReply} that is not about a task. */
  readonly ticket: string;
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  /** Environment variables from which the settings of plugins are read. They are not in the process's own environment. */
  readonly pluginVariables: Readonly<Record<string, string>>;
  /** Whether all plugins are known not to change shared objects. Otherwise these are compared after each task. */
  readonly arePluginsTrusted: boolean;
  readonly limits: Limits;
  /** How much of a shrink decoders may do. */
  readonly shrinkOnLoad: ShrinkOnLoad;
  /** The folder of the operator's fonts, or an empty text. */
  readonly fontFolder: string;
}

/** Work for a render process. */
export type RenderTask =
  { readonly type: "probe"; readonly path: string } | { readonly type: "render"; readonly job: RenderJob };

/** A task for a render process. The process answers each with an {@linkcode Outcome} before it gets the next. */
export interface RenderOrder {
  readonly type: "order";
  /** Returned with the outcome. A reply without it did not come from the render process's own code. */
  readonly ticket: string;
  readonly task: RenderTask;
}

/** The outcome of a task. */
export type Outcome = (
  | { readonly type: "done"; readonly result: Probe | Rendered }
  | { readonly type: "failed"; readonly failure: RenderFailure }
) & {
  /** Why the process should be replaced. */
  readonly suspicion?: string;
};

/** A message of a render process to the process that started it. */
export type RenderReply = (
  | Outcome
  /** A plugin is about to be imported. The message tells which one if the import never returns. */
  | { readonly type: "loading"; readonly module: string }
  | { readonly type: "hello"; readonly fingerprint: string }
  | { readonly type: "stillborn"; readonly message: string }
  /** Code that an earlier task left running has failed: the process asks to be replaced. */
  | { readonly type: "spoilt"; readonly message: string; readonly trace: string }
) & { readonly ticket: string };

/** An error as it is sent between processes. */
export interface RenderFailure {
  /** `null` for a defect. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: ErrorDetails;
  /** For the log only, never for clients. */
  readonly trace: string;
}
