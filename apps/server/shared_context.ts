import { type FindImagePorts, tenantPorts } from "@progimage/core";
import { LRUCache } from "lru-cache";
import { contextOf } from "./http/request_context.ts";
import type { ServerContext, SharedContext } from "./server_context.ts";

/** The number of tenants whose contexts are kept. To make one anew costs little. */
const MAX_KEPT = 1_000;

/** The state of the first tenant, and what makes that of others. */
export interface FirstContext extends Omit<ServerContext, "of"> {
  /** Returns ports that find an owner's images for delivery. */
  readonly deliveryOf: (owner: string) => FindImagePorts;
}

/** Returns the state that all tenants share, from that of the first tenant. */
export function shareContext(first: FirstContext): SharedContext {
  const kept = new LRUCache<string, ServerContext>({ max: MAX_KEPT });
  const of = (request: Request): ServerContext => {
    const { tenant } = contextOf(request).caller;
    return tenant === "" ? own : (kept.get(tenant) ?? keep(tenant));
  };
  const own: ServerContext = { ...first, of };

  function keep(tenant: string): ServerContext {
    const ports = tenantPorts(first.ports, tenant);
    const context = { ...own, ports, delivery: first.deliveryOf(tenant) };
    kept.set(tenant, context);
    return context;
  }

  const { config, log, directory, publicUrl, renderEpoch, tenants, usage } = first;
  const { deliveryRule, keyDirectory, keys, signatures } = first;
  const { findNotices, checkReadiness } = first;
  const { limits, now, presets, transforms } = first.ports;
  const ports = { limits, now, presets, transforms };
  const access = { deliveryRule, directory, keyDirectory, keys, signatures, tenants, usage };
  return { ...access, config, log, ports, publicUrl, renderEpoch, findNotices, checkReadiness, of };
}
