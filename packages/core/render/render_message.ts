import type { ErrorCode, ErrorDetails } from "../error.ts";
import type { Probe } from "../image/probe.ts";
import type { Limits } from "../limits.ts";
import type { Rendered, RenderJob } from "./renderer.ts";

/** The first thing that a render process hears: what it works with. */
export interface SetUp {
  readonly type: "set-up";
  /** Modules whose default export is a plugin: URLs or absolute paths. */
  readonly plugins: readonly string[];
  readonly limits: Limits;
}

/** Work for a render process. It answers each with a {@linkcode RenderReply} before it gets another. */
export type RenderTask =
  { readonly type: "probe"; readonly path: string } | { readonly type: "render"; readonly job: RenderJob };

/** What a render process sends to the process that started it. */
export type RenderReply =
  | { readonly type: "hello"; readonly fingerprint: string }
  | { readonly type: "stillborn"; readonly message: string }
  | { readonly type: "done"; readonly result: Probe | Rendered }
  | { readonly type: "failed"; readonly failure: RenderFailure }
  /** Something that an earlier task has left behind failed: the process wants to be replaced. */
  | { readonly type: "spoilt"; readonly trace: string };

/** An error on its way between processes. */
export interface RenderFailure {
  /** `null` for a defect. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: ErrorDetails;
  /** For the log, never for strangers. */
  readonly trace: string;
}
