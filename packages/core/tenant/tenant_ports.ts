import type { Ports } from "../ports.ts";

/** Returns the ports that reach the data of a tenant. All its work is done with them, and caches are shared with other tenants' ports. */
export function tenantPorts(ports: Ports, owner: string): Ports {
  if (owner === ports.owner) return ports;
  return {
    ...ports,
    owner,
    catalog: ports.catalog.of(owner),
    deleted: ports.deleted.of(owner),
    exchange: ports.exchange && ports.exchange.of(owner),
    jobs: ports.jobs.of(owner),
    ledger: ports.ledger.of(owner),
    remote: ports.remote.of(owner),
  };
}
