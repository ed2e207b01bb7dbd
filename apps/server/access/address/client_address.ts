import { LRUCache } from "lru-cache";
import { type AddressRange, isInRanges, readAddress } from "./address_range.ts";
import { nodesOfForwarded, nodesOfForwardedFor } from "./forwarded_nodes.ts";

/** Returns the address from which a request was sent, as far as trusted proxies say so. `peer` is the other end of the connection. */
export type ClientAddress = (peer: string, headers: Headers) => string;

/** Options for {@linkcode createClientAddress}. */
export interface ClientAddressOptions {
  /** Called once, when a peer that is not trusted sends one of the headers. It may be a proxy that the operator has forgotten. */
  readonly onDisbelief?: (peer: string) => void;
}

interface JudgedAddress {
  /** In its usual spelling. */
  readonly address: string;
  readonly isTrusted: boolean;
}

/** Reading an address takes microseconds, and most requests come from few. */
const CAPACITY = 1_000;

/** The longest address, with the name of an interface. */
const LONGEST_ADDRESS = 64;

/** The longest row of proxies. A client can repeat the address of one. */
const MOST_PROXIES = 32;

/**
 * Returns the rule for the addresses of clients: from the peer backwards, the first address that is not a trusted proxy. An entry that
 * is no address ends the walk at the proxy that passed it on.
 *
 * Most proxies write one of the two headers and pass the other one on as it came. So if a request has both and they disagree, either
 * may be the client's invention: then the peer's address counts.
 */
export function createClientAddress(
  trusted: readonly AddressRange[],
  { onDisbelief }: ClientAddressOptions = {},
): ClientAddress {
  let hasDisbelieved = false;
  const judged = new LRUCache<string, JudgedAddress>({ max: CAPACITY });
  return (peer, headers) => {
    const near = judge(peer);
    if (!near) return peer;
    if (!near.isTrusted) {
      if (!hasDisbelieved && (headers.has("x-forwarded-for") || headers.has("forwarded"))) {
        hasDisbelieved = true;
        onDisbelief?.(near.address);
      }
      return near.address;
    }
    const forwardedFor = headers.get("x-forwarded-for");
    const forwarded = headers.get("forwarded");
    const said = forwardedFor === null ? null : walk(near, nodesOfForwardedFor(forwardedFor));
    if (forwarded === null) return said ?? near.address;
    const saidToo = walk(near, nodesOfForwarded(forwarded));
    return said === null || said === saidToo ? saidToo : near.address;
  };

  function walk(peer: JudgedAddress, nodes: Iterable<string | null>): string {
    let last = peer;
    let proxies = 0;
    for (const node of nodes) {
      const next = node === null ? null : judge(node);
      if (!next) break;
      last = next;
      proxies += 1;
      if (!last.isTrusted || proxies === MOST_PROXIES) break;
    }
    return last.address;
  }

  function judge(text: string): JudgedAddress | null {
    const known = judged.get(text);
    if (known || text.length > LONGEST_ADDRESS) return known ?? null;
    const read = readAddress(text);
    if (!read) return null;
    const judgement = { address: read.toString(), isTrusted: isInRanges(read, trusted) };
    judged.set(text, judgement);
    return judgement;
  }
}
