import { explainAbsence } from "@progimage/core";
import type { ServerContext } from "../server_context.ts";

/** Returns what throws an error about one image again, and for a deleted one that can be restored says so instead of `image_not_found`. */
export function orDeleted({ config, ports }: Pick<ServerContext, "config" | "ports">, id: string) {
  return async (error: unknown): Promise<never> => {
    throw await explainAbsence(ports, id, { error, deletedGrace: config.deletedGraceMs });
  };
}
