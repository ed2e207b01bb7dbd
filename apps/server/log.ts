import pino, { type Logger } from "pino";
import type { Config } from "./config.ts";

export type { Logger };

/** Makes the log: structured lines on standard error, so that standard output stays free for people. */
export async function createLog(config: Pick<Config, "debug" | "logFormat" | "logLevel">): Promise<Logger> {
  const level = config.debug ? "trace" : config.logLevel;
  const isPretty = config.logFormat === "pretty" || (config.logFormat === "auto" && process.stderr.isTTY);
  const destination = isPretty ? await prettyDestination() : pino.destination({ dest: 2, sync: true });
  return pino({ level, base: { pid: process.pid } }, destination);
}

async function prettyDestination() {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss.l" });
}
