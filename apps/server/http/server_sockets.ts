import { dlopen, ptr } from "bun:ffi";
import { openSync, readdirSync } from "node:fs";

/**
 * The sockets of a server. Bun's `stop()` closes idle connections together with the one that listens, so that a request which a client
 * is just sending is lost: this is how to do one without the other.
 */
export interface ServerSockets {
  /** Has the server take each connection at once. Bun lets the system keep those on which nothing has come yet. */
  readonly takeAtOnce: () => void;
  /** Lets no new connection begin. Those that have begun still come to the server. Clients try again after a second. */
  readonly holdOff: () => void;
  /** Stops to listen. Connections stay. */
  readonly stopListening: () => void;
  /** Returns how many connections are open. */
  readonly countConnections: () => number;
}

const LIBRARY = "libc.so.6";

// Numbers of Linux, alike on all processors that Bun runs on.
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_ACCEPTCONN = 30;
const AF_INET = 2;
const AF_INET6 = 10;

/** The largest address of a socket. */
const ADDRESS_BYTES = 128;

/**
 * A filter for the packets of a socket that listens, one instruction a line: code, jump if true, jump if false, operand. It drops those
 * that begin a connection. Others pass, such as those that complete one.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/filter.html
 */
const NO_NEW_CONNECTIONS: readonly (readonly [number, number, number, number])[] = [
  [0x30, 0, 0, 13], // load the flags of TCP, its byte 13
  [0x45, 0, 1, 0x02], // SYN: go on, else jump over one
  [0x06, 0, 0, 0], // drop
  [0x06, 0, 0, 0xffff_ffff], // let pass
];

/** Finds the sockets of the server of this process on a port; `null` where only Bun itself can close them. */
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
      // Bun goes on to own the descriptors: something else takes their place.
      const nothing = openSync("/dev/null", "r");
      for (const each of listening) system.dup2(nothing, each);
    },
    countConnections: () =>
      ownDescriptors().filter((each) => portOf(each) === port && !isListening(each)).length,
  };

  /** Returns the port at this end of a socket; `null` for everything else. */
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
    // Another library for C, or a system that lets programs make no code of their own.
    return null;
  }
}

function ownDescriptors(): readonly number[] {
  return readdirSync("/proc/self/fd").map(Number);
}
