import { isProgImageError } from "@progimage/core";
import { ConfigError } from "../settings/config.ts";
import { SETTING_EXIT_CODE } from "./node_share.ts";

/** Whether the user can fix an error: its message then needs no stack trace. */
export function isForUser(error: unknown): error is Error {
  const { code = "" } = error as { readonly code?: string };
  return error instanceof ConfigError || isProgImageError(error) || code.startsWith("ERR_PARSE_ARGS_");
}

/** Returns the exit code of a program that an error for its user ends. */
export function exitCodeOf(error: Error): number {
  return isProgImageError(error) ? 1 : SETTING_EXIT_CODE;
}
