import pino, { type Logger } from "pino";
import type { Config } from "../settings/config.ts";
import { LogWriter, type LostLines } from "./log_writer.ts";
import type { Notice } from "../compose/notices.ts";

export type { Logger };

/** The log of a process. */
export interface OpenLog {
  readonly log: Logger;
  /** Returns the notices about the log, which cannot report its own faults. */
  readonly findNotices: () => readonly Notice[];
  /** Resolves once all lines are written, or cannot be written. Then the process can end. */
  readonly close: () => Promise<void>;
}

/** The pino level from which a line is written immediately. */
const WARNING = 40;

/** Creates the log: structured lines on standard error, so that standard output stays free for people. */
export async function openLog(config: Pick<Config, "debug" | "logFormat" | "logLevel">): Promise<OpenLog> {
  const level = config.debug ? "trace" : config.logLevel;
  const isPretty = config.logFormat === "pretty" || (config.logFormat === "auto" && process.stderr.isTTY);
  const options = { level, base: { pid: process.pid } };
  const format = isPretty ? await prettyFormat() : (line: string) => line;
  const writer = new LogWriter({ reportLost: lostReporter(options, format) });
  const logMethod: NonNullable<pino.LoggerOptions["hooks"]>["logMethod"] = function (words, write, level) {
    write.apply(this, words);
    if (level >= WARNING) writer.flush();
  };
  const log = pino({ ...options, hooks: { logMethod } }, { write: (line) => writer.write(format(line)) });
  return { log, findNotices: () => lostNotices(writer.lost), close: () => writer.close() };
}

/** Returns a function that formats the line about lost lines. */
function lostReporter(options: pino.LoggerOptions, format: (line: string) => string) {
  let text = "";
  const log = pino(options, { write: (line) => (text = format(line)) });
  return ({ count, reason }: LostLines): string => {
    log.error({ lost: count, reason }, `Lines of the log were lost: ${count}`);
    return text;
  };
}

function lostNotices(lost: LostLines | null): readonly Notice[] {
  if (!lost) return [];
  const why =
    lost.reason === "full_queue"
      ? "the program behind standard error does not read"
      : `the system says ${lost.reason}`;
  const detail = `Lines of the log are lost, ${lost.count} so far, as ${why}. Requests are still answered. Make room for the log, or restart the program that reads it`;
  return [{ code: "log_lines_lost", detail }];
}

async function prettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  return prettyFactory({
    colorize: process.stderr.isTTY,
    ignore: "pid,hostname",
    translateTime: "HH:MM:ss.l",
  });
}
