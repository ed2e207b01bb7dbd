/** A pair of `Forwarded`. A comma or semicolon in a quoted value, which no address has, makes it malformed. */
const PAIR_REGEXP = /^\s*([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"([^"\\]*)")\s*$/;

/** An address with an optional port. An address of IPv6 with a port has brackets. */
const NODE_REGEXP = /^\s*(?:\[([^\]]*:[^\]]*)\]|([^:]+)|([^:]*:[^:]*:[^\]]*))(?::(?:\d{1,5}|_[\w.-]+))?\s*$/;

/**
 * Returns the addresses of `X-Forwarded-For` as they are written, without ports, the last first. `null` stands for a malformed entry,
 * after which nothing follows.
 */
export function nodesOfForwardedFor(header: string): Generator<string | null> {
  return untilMalformed(header, readNode);
}

/** Returns the addresses of `Forwarded`, the last first, with the same `null`. @see https://www.rfc-editor.org/rfc/rfc7239 */
export function nodesOfForwarded(header: string): Generator<string | null> {
  return untilMalformed(header, readElement);
}

/** Reads from the end, where the next proxy has written. The rest may be the client's, and be very long. */
function* untilMalformed(header: string, read: (entry: string) => string | null): Generator<string | null> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(",", end - 1);
    const node = read(header.slice(comma + 1, end));
    yield node;
    if (node === null) return;
    end = comma;
  }
}

function readElement(element: string): string | null {
  let node: string | null = null;
  for (const text of element.split(";")) {
    const [, name, token, quoted] = PAIR_REGEXP.exec(text) ?? [];
    if (name === undefined) return null;
    if (name.toLowerCase() === "for") node = readNode(token ?? quoted ?? "");
  }
  return node;
}

function readNode(text: string): string | null {
  const [, bracketed, plain, bare] = NODE_REGEXP.exec(text) ?? [];
  return (bracketed ?? plain ?? bare)?.trim() ?? null;
}
