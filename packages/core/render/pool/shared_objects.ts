import { EventEmitter } from "node:events";
import { Duplex, Readable, Stream, Writable } from "node:stream";

/** The global names whose objects, prototypes and bindings all code of a process shares. */
const GLOBAL_NAMES: readonly string[] = [
  ...["AbortController", "AbortSignal", "AggregateError", "Array", "ArrayBuffer", "Atomics", "BigInt"],
  ...["BigInt64Array", "BigUint64Array", "Blob", "Boolean", "Buffer", "DataView", "Date", "Error"],
  ...["Event", "EventTarget", "Float32Array", "Float64Array", "Function", "Int16Array", "Int32Array"],
  ...["Int8Array", "JSON", "Map", "Math", "Number", "Object", "Promise", "Proxy", "RangeError"],
  ...["ReferenceError", "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "Symbol"],
  ...["SyntaxError", "TextDecoder", "TextEncoder", "TypeError", "URL", "URLSearchParams"],
  ...["Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakRef", "WeakSet"],
  ...["clearImmediate", "clearTimeout", "decodeURIComponent", "encodeURIComponent", "isFinite", "isNaN"],
  ...["parseFloat", "parseInt", "queueMicrotask", "setImmediate", "setTimeout", "structuredClone"],
];

// Captured before any plugin is loaded, so that a plugin's change of these functions cannot hide other changes.
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;

/** An object, and the functions and objects that were its properties. */
interface Remembered {
  readonly name: string;
  readonly object: object;
  /** All of its keys, if none may be added; otherwise `null`. */
  readonly all: readonly PropertyKey[] | null;
  readonly keys: readonly PropertyKey[];
  readonly values: readonly unknown[];
  readonly descriptors: readonly PropertyDescriptor[];
}

/**
 * Remembers the properties of objects that all code of a process shares: built-in ones, streams, and the given ones. Freezing these objects
 * instead would break code that sets a property of the same name on its own object.
 */
export class SharedObjects {
  readonly #remembered: readonly Remembered[];

  constructor(others: Readonly<Record<string, object>> = {}) {
    const objects: (readonly [string, object])[] = [...builtInObjects(), ...Object.entries(others)];
    this.#remembered = [
      remember("globalThis", globalThis, GLOBAL_NAMES),
      ...objects.flatMap(([name, object]) => [remember(name, object), ...rememberPrototype(name, object)]),
    ];
  }

  /**
   * Undoes changes since the constructor ran. Does not check properties with getters, which would take ten times as long.
   *
   * @returns the name of one changed property, such as `Array.prototype.map`, or `null` if nothing has changed
   * @throws {TypeError} if a change cannot be undone
   */
  restore(): string | null {
    let changed: string | null = null;
    // Uses indexes and the captured functions only, because iterators and methods of arrays can be changed too.
    for (let index = 0; index < this.#remembered.length; index++) {
      const each = this.#remembered[index];
      if (each && !isSame(each)) changed = putBack(each);
    }
    return changed;
  }
}

function builtInObjects(): readonly (readonly [string, object])[] {
  const globals = globalThis as unknown as Readonly<Record<string, object>>;
  const iterators = { Array: [].values(), Map: new Map().values(), Set: new Set().values() };
  const streams = { Duplex, EventEmitter, Readable, Stream, Writable };
  return [
    ...GLOBAL_NAMES.flatMap((name) => (globals[name] ? [[name, globals[name]] as const] : [])),
    ["TypedArray", Object.getPrototypeOf(Uint8Array) as object],
    ["Iterator.prototype", Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object],
    ...Object.entries(iterators).map(
      ([name, iterator]) => [`${name}Iterator`, Object.getPrototypeOf(iterator) as object] as const,
    ),
    ...Object.entries(streams),
  ];
}

function rememberPrototype(name: string, object: object): readonly Remembered[] {
  const { prototype } = object as { readonly prototype?: object };
  if (!prototype) return [];
  return [{ ...remember(`${name}.prototype`, prototype), all: ownKeys(prototype) }];
}

function remember(name: string, object: object, only: readonly PropertyKey[] = ownKeys(object)): Remembered {
  const found = only.flatMap((key) => {
    const descriptor = getOwnPropertyDescriptor(object, key);
    const isCode = typeof descriptor?.value === "function" || typeof descriptor?.value === "object";
    return descriptor && isCode ? [{ key, descriptor }] : [];
  });
  return {
    name,
    object,
    all: null,
    keys: found.map(({ key }) => key),
    values: found.map(({ descriptor }) => descriptor.value),
    descriptors: found.map(({ descriptor }) => descriptor),
  };
}

function isSame({ object, all, keys, values }: Remembered): boolean {
  if (all && ownKeys(object).length !== all.length) return false;
  for (let index = 0; index < keys.length; index++)
    if ((object as Record<PropertyKey, unknown>)[keys[index] ?? ""] !== values[index]) return false;
  return true;
}

/** Undoes all changes of an object. @returns the name of the last changed property */
function putBack({ name, object, all, keys, values, descriptors }: Remembered): string {
  let changed = name;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? "";
    if (getOwnPropertyDescriptor(object, key)?.value === values[index]) continue;
    changed = `${name}.${String(key)}`;
    if (!defineProperty(object, key, descriptors[index] ?? {}))
      throw new TypeError(`Cannot put ${changed} back`);
  }
  const present = all ? ownKeys(object) : [];
  for (let index = 0; index < present.length; index++) {
    const key = present[index] ?? "";
    if (all && isAmong(all, key)) continue;
    changed = `${name}.${String(key)}`;
    if (!deleteProperty(object, key)) throw new TypeError(`Cannot take ${changed} away`);
  }
  return changed;
}

function isAmong(keys: readonly PropertyKey[], key: PropertyKey): boolean {
  for (let index = 0; index < keys.length; index++) if (keys[index] === key) return true;
  return false;
}
