import pino, { type Logger } from "pino";
import type { Config } from "./config.ts";

export type { Logger };

/** Lines are written together: one by one they would cost more than the answers that they tell of. */
const BUFFER_BYTES = 4_096;
const FLUSH_MILLISECONDS = 100;

/** The level from which on a line is written at once, as pino counts. */
const WARNING = 40;

/** Makes the log: structured lines on standard error, so that standard output stays free for people. */
export async function createLog(config: Pick<Config, "debug" | "logFormat" | "logLevel">): Promise<Logger> {
  const level = config.debug ? "trace" : config.logLevel;
  const isPretty = config.logFormat === "pretty" || (config.logFormat === "auto" && process.stderr.isTTY);
  const options = { level, base: { pid: process.pid } };
  return isPretty ? pino(options, await prettyDestination()) : bufferedLog(options);
}

function bufferedLog(options: pino.LoggerOptions): Logger {
  const destination = pino.destination({ dest: 2, sync: false, minLength: BUFFER_BYTES });
  process.on("exit", () => destination.flushSync());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFlushing = false;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    isFlushing = true;
    destination.flush();
  };
  // What is flushed while earlier lines are written would wait for the next line.
  destination.on("drain", () => {
    if (!isFlushing) return;
    isFlushing = false;
    destination.flush();
  });
  const logMethod: NonNullable<pino.LoggerOptions["hooks"]>["logMethod"] = function (words, write, level) {
    write.apply(this, words);
    if (level >= WARNING) flush();
    else timer ??= setTimeout(flush, FLUSH_MILLISECONDS);
  };
  return pino({ ...options, hooks: { logMethod } }, destination);
}

async function prettyDestination() {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss.l" });
}
