import type { ErrorCode, ErrorDetails } from "../../error.ts";
import type { Probe } from "../../image/probe.ts";
import type { Limits } from "../../limits.ts";
import type { Rendered, RenderJob } from "../renderer.ts";

/** The first thing that a render process hears: what it works with. */
export interface SetUp {
  readonly type: "set-up";
  /** Comes back with each {@linkcode RenderReply} that is about no task. */
  readonly ticket: string;
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  /** Environment variables from which their settings are read. The process has none of them. */
  readonly pluginVariables: Readonly<Record<string, string>>;
  /** Whether all plugins are known to leave alone what tasks share. Otherwise it is compared after each task. */
  readonly arePluginsTrusted: boolean;
  readonly limits: Limits;
}

/** Work for a render process. */
export type RenderTask =
  { readonly type: "probe"; readonly path: string } | { readonly type: "render"; readonly job: RenderJob };

/** A task that a render process is given. It answers each with an {@linkcode Outcome} before it gets another. */
export interface RenderOrder {
  readonly type: "order";
  /** Comes back with the outcome: what comes without it is no reply of ours. */
  readonly ticket: string;
  readonly task: RenderTask;
}

/** The outcome of a task. */
export type Outcome = (
  | { readonly type: "done"; readonly result: Probe | Rendered }
  | { readonly type: "failed"; readonly failure: RenderFailure }
) & {
  /** Why the process had better be replaced. */
  readonly suspicion?: string;
};

/** What a render process sends to the process that started it. */
export type RenderReply = (
  | Outcome
  /** A plugin is about to be imported, which may be the last that is heard. */
  | { readonly type: "loading"; readonly module: string }
  | { readonly type: "hello"; readonly fingerprint: string }
  | { readonly type: "stillborn"; readonly message: string }
  /** Something that an earlier task has left behind failed: the process wants to be replaced. */
  | { readonly type: "spoilt"; readonly message: string; readonly trace: string }
) & { readonly ticket: string };

/** An error on its way between processes. */
export interface RenderFailure {
  /** `null` for a defect. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: ErrorDetails;
  /** For the log, never for strangers. */
  readonly trace: string;
}
