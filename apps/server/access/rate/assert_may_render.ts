import type { Ports } from "@progimage/core";
import { contextOf } from "../../http/request_context.ts";

/**
 * Checks that the caller has time of rendering left. A derivative that is cached, given by its key, needs none.
 *
 * @throws {Refusal} `rate_limited`
 */
export async function assertMayRender(
  { derivatives }: Pick<Ports, "derivatives">,
  request: Request,
  key?: string,
): Promise<void> {
  const refusal = contextOf(request).allowance.refuseRender();
  if (refusal && (key === undefined || !(await derivatives.find(key)))) throw refusal;
}
