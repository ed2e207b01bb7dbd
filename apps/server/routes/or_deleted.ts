import { explainAbsence } from "@progimage/core";
import type { ServerContext } from "../server_context.ts";

/**
 * Returns a function that rethrows an error about one image. For a deleted image that can be restored, `deleted` replaces
 * `image_not_found`.
 */
export function orDeleted({ config, ports }: Pick<ServerContext, "config" | "ports">, id: string) {
  return async (error: unknown): Promise<never> => {
    throw await explainAbsence(ports, id, { error, deletedGrace: config.deletedGraceMs });
  };
}
