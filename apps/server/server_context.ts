import type { Ports } from "@progimage/core";
import type { Config } from "./config.ts";
import type { KnownAnswers } from "./http/known_answers.ts";
import type { Logger } from "./log.ts";

/** What the routes of the server share. */
export interface ServerContext {
  readonly config: Config;
  readonly log: Logger;
  /** Answers that were given before. */
  readonly known: KnownAnswers;
  readonly ports: Ports;
  /** Where callers reach the server: without a slash at the end. */
  readonly publicUrl: string;
  /** Rejects while requests cannot be served. */
  readonly checkReadiness: () => Promise<void>;
}
