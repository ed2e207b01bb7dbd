import type { Limits } from "../../limits.ts";
import type { ShrinkOnLoad } from "../shrink_on_load.ts";
import type { RenderTask } from "./render_message.ts";

/** Options for a pool of render processes. */
export interface ProcessPoolOptions {
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  /** Environment variables from which the settings of plugins are read. @default {none} */
  readonly pluginVariables?: Readonly<Record<string, string>>;
  /** Whether all plugins are known not to change shared objects. Comparing those takes a twentieth of a small render. @default {false} */
  readonly arePluginsTrusted?: boolean;
  readonly limits: Limits;
  /** How much of a shrink decoders may do. @default {"good"} */
  readonly shrinkOnLoad?: ShrinkOnLoad;
  /** The folder of the operator's fonts. @default {none} */
  readonly fontFolder?: string;
  /** The number of processes that render. They probe when there is nothing to render. */
  readonly renderProcesses: number;
  /** The number of processes that only probe, so that uploads do not wait behind renders. */
  readonly probeProcesses: number;
  /** Milliseconds of CPU time that a render may take. */
  readonly renderDeadline: number;
  /** Milliseconds of CPU time that a probe may take. */
  readonly probeDeadline: number;
  /** The most jobs of a kind that may wait. */
  readonly queueLength: number;
  /** The most milliseconds that a render may wait. A render that is certain to exceed it is rejected immediately. */
  readonly renderQueueTimeout: number;
  /** The most milliseconds that a render may wait if it is one of many for a single request. */
  readonly bulkQueueTimeout: number;
  /** The most milliseconds that a probe may wait. Longer than for a render, because its bytes have already been uploaded. */
  readonly probeQueueTimeout: number;
  /** Bytes of memory that may be resident in each process. */
  readonly memoryLimit: number;
  /** A command that starts each process in a sandbox, with its arguments. @default {none} */
  readonly wrapper?: readonly string[];
  /** Bytes of memory that all running renders together may take, as predicted. @default without limit */
  readonly totalMemory?: number;
  /** Bytes that a single render may take, as predicted. @default the same */
  readonly largestMemory?: number;
  /** Tasks after which a process is replaced; 0 never replaces it. */
  readonly retireAfter: number;
  /** Called with each failure of a process. */
  readonly onFault: (fault: PoolFault) => void;
  /** Called with the output of processes. @default it is dropped */
  readonly onOutput?: (output: PoolOutput) => void;
  /** Returns the caller of the current request, for the reports of failures and output. */
  readonly callerOf?: () => string | undefined;
}

/** Text that a process has printed. */
export interface PoolOutput {
  readonly text: string;
  readonly pid: number;
  /** The caller of the process's current task, or of its most recent one. */
  readonly caller?: string;
}

/** Why a process failed or is replaced. Each process that ends is reported once. */
export interface PoolFault {
  readonly message: string;
  /** Omitted if the process could not be started. */
  readonly pid?: number;
  /** The current task, if any. */
  readonly task?: RenderTask;
  /** The caller of the task. */
  readonly caller?: string;
  /** Whether the replacement is routine, such as after `retireAfter` tasks. */
  readonly isRoutine?: boolean;
}
