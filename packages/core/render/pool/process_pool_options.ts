import type { Limits } from "../../limits.ts";
import type { RenderTask } from "./render_message.ts";

/** Options for a pool of render processes. */
export interface ProcessPoolOptions {
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  /** Environment variables from which the settings of plugins are read. @default {none} */
  readonly pluginVariables?: Readonly<Record<string, string>>;
  /** Whether all of them are known to leave alone what tasks share: comparing it takes a twentieth of a small render. @default {false} */
  readonly arePluginsTrusted?: boolean;
  readonly limits: Limits;
  /** Processes that render, and probe when there is nothing to render. */
  readonly renderProcesses: number;
  /** Processes that only probe, so that uploads do not wait behind renders. */
  readonly probeProcesses: number;
  /** Milliseconds of CPU time that a render may take. */
  readonly renderDeadline: number;
  /** Milliseconds of CPU time that a probe may take. */
  readonly probeDeadline: number;
  /** Jobs of a kind that may wait. */
  readonly queueLength: number;
  /** Milliseconds that a render may wait. One that would certainly have to wait longer is refused at once. */
  readonly renderPatience: number;
  /** Milliseconds that a render of many for one request may wait. */
  readonly bulkPatience: number;
  /** Milliseconds that a probe may wait: longer, as its bytes have travelled already. */
  readonly probePatience: number;
  /** Bytes of memory that may be resident in a process. */
  readonly memoryLimit: number;
  /** Bytes that several renders under way may take together, as predicted. @default without limit */
  readonly totalMemory?: number;
  /** Bytes that a single render may take, as predicted. @default the same */
  readonly largestMemory?: number;
  /** Tasks after which a process is replaced; 0 keeps it. */
  readonly retireAfter: number;
  /** Hears what went wrong with a process. */
  readonly onTrouble: (trouble: PoolTrouble) => void;
  /** Hears what processes print. @default it is dropped */
  readonly onOutput?: (output: PoolOutput) => void;
  /** Returns the caller of the work that is asked for now, for troubles and output. */
  readonly callerOf?: () => string | undefined;
}

/** Text that a process has printed. */
export interface PoolOutput {
  readonly text: string;
  readonly pid: number;
  /** The caller of the task that it did, or did last. */
  readonly caller?: string;
}

/** Why a process did not do its work, or is replaced: one for each that ends. */
export interface PoolTrouble {
  readonly message: string;
  /** Omitted where there is none: it could not be started. */
  readonly pid?: number;
  /** The task at hand, if any. */
  readonly task?: RenderTask;
  /** The caller of the task. */
  readonly caller?: string;
  /** Whether it belongs to the normal course: a process has done enough. */
  readonly isRoutine?: boolean;
}
