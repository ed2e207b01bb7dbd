import { dlopen, ptr } from "bun:ffi";
import { openSync, readdirSync } from "node:fs";

/**
 * The sockets of a server. Bun's `stop()` closes idle connections together with the listening socket, which loses a request that a
 * client is just sending. These functions do the two separately.
 */
export interface ServerSockets {
  /** Makes the server accept each connection immediately. By default the system holds back those without data. */
  readonly takeAtOnce: () => void;
  /** Refuses new connections: clients retry after a second. Handshakes in progress still complete. */
  readonly holdOff: () => void;
  /** Stops listening. Connections stay open. */
  readonly stopListening: () => void;
  /** Returns the number of open connections. */
  readonly countConnections: () => number;
}

const LIBRARY = "libc.so.6";

// Constants of Linux, the same on all processors that Bun supports.
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_ACCEPTCONN = 30;
const AF_INET = 2;
const AF_INET6 = 10;

/** The largest size of a socket address. */
const ADDRESS_BYTES = 128;

/**
 * A packet filter for a listening socket, one instruction a line: code, jump if true, jump if false, operand. It drops packets that
 * begin a connection, and passes all others, such as those that complete one.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/filter.html
 */
const NO_NEW_CONNECTIONS: readonly (readonly [number, number, number, number])[] = [
  [0x30, 0, 0, 13], // load the TCP flags, byte 13 of the header
  [0x45, 0, 1, 0x02], // SYN: continue, else skip one instruction
  [0x06, 0, 0, 0], // drop
  [0x06, 0, 0, 0xffff_ffff], // let pass
];

/** Returns the sockets of this process's server on a port; `null` where only Bun itself can close them. */
export function findServerSockets(port: number): ServerSockets | null {
  if (process.platform !== "linux") return null;
  const system = openSystem();
  if (!system) return null;
  const listening = ownDescriptors().filter((each) => portOf(each) === port && isListening(each));
  return {
    takeAtOnce: () => {
      const seconds = Int32Array.of(0);
      for (const each of listening)
        system.setsockopt(each, IPPROTO_TCP, TCP_DEFER_ACCEPT, ptr(seconds), seconds.byteLength);
    },
    holdOff: () => {
      for (const each of listening) attachFilter(each);
    },
    stopListening: () => {
      // Bun still owns the descriptors, so another file must take their place.
      const nothing = openSync("/dev/null", "r");
      for (const each of listening) system.dup2(nothing, each);
    },
    countConnections: () =>
      ownDescriptors().filter((each) => portOf(each) === port && !isListening(each)).length,
  };

  /** Returns the local port of a socket; `null` for any other descriptor. */
  function portOf(descriptor: number): number | null {
    const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
    const length = Uint32Array.of(ADDRESS_BYTES);
    if (system?.getsockname(descriptor, ptr(address), ptr(length)) !== 0) return null;
    const family = address.getUint16(0, true);
    return family === AF_INET || family === AF_INET6 ? address.getUint16(2) : null;
  }

  function isListening(descriptor: number): boolean {
    const value = Int32Array.of(0);
    const length = Uint32Array.of(value.byteLength);
    const result = system?.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(length));
    return result === 0 && value[0] === 1;
  }

  function attachFilter(descriptor: number): void {
    const program = new DataView(new ArrayBuffer(NO_NEW_CONNECTIONS.length * 8));
    for (const [index, [code, ifTrue, ifFalse, operand]] of NO_NEW_CONNECTIONS.entries()) {
      program.setUint16(index * 8, code, true);
      program.setUint8(index * 8 + 2, ifTrue);
      program.setUint8(index * 8 + 3, ifFalse);
      program.setUint32(index * 8 + 4, operand, true);
    }
    const header = new DataView(new ArrayBuffer(16));
    header.setUint16(0, NO_NEW_CONNECTIONS.length, true);
    header.setBigUint64(8, BigInt(ptr(program)), true);
    system?.setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, ptr(header), header.byteLength);
  }
}

function openSystem() {
  try {
    return dlopen(LIBRARY, {
      dup2: { args: ["i32", "i32"], returns: "i32" },
      getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
      setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    }).symbols;
  } catch {
    // The C library is another one, or the system forbids generated code.
    return null;
  }
}

function ownDescriptors(): readonly number[] {
  return readdirSync("/proc/self/fd").map(Number);
}
