import { newKeyText, type Scope, writeKeyText } from "@progimage/core";
import { startServer, type StartServerOptions, type TestServer } from "./testing_server.ts";

/** A secret for servers under test. */
export const SECRET = "the secret of the server under test: long enough";

/** The parts of a request. */
export interface AskOptions {
  /** The whole key; without it the request is that of a stranger. */
  readonly key?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, a form, or JSON. */
  readonly body?: FormData | Uint8Array<ArrayBuffer> | object;
}

/** A server in mode `keys`. */
export interface KeyedServer extends AsyncDisposable {
  readonly server: TestServer;
  /** A key with all scopes. */
  readonly admin: string;
  readonly ask: (path: string, options?: AskOptions) => Promise<Response>;
  /** Makes a key with some scopes. */
  readonly makeKey: (...scopes: readonly Scope[]) => Promise<NewKey>;
  /** Stores an image, and returns its id. */
  readonly upload: (picture: Uint8Array) => Promise<string>;
}

/** A key with its id. */
export interface NewKey {
  readonly id: string;
  readonly key: string;
}

/** Returns a function that sends requests to a server. */
export function askerOf(url: string): KeyedServer["ask"] {
  return async (path, { body, headers, key, method = "GET" } = {}) => {
    const isWritten = body instanceof Uint8Array || body instanceof FormData;
    return await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(body && !isWritten && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body && { body: isWritten ? body : JSON.stringify(body) }),
    });
  };
}

/** Returns the status of an answer, and the code of its problem: such as `200` or `403 forbidden`. Reads its body. */
export async function outcomeOf(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("application/problem+json")) {
    await response.bytes();
    return String(response.status);
  }
  const { code } = (await response.json()) as { readonly code: string };
  return `${response.status} ${code}`;
}

/** Starts a server in mode `keys` with a key of the configuration. */
export async function startKeyed(options: StartServerOptions = {}): Promise<KeyedServer> {
  const admin = writeKeyText(newKeyText());
  const server = await startServer({
    ...options,
    settings: {
      PROGIMAGE_ACCESS: "keys",
      PROGIMAGE_ADMIN_KEY: admin,
      ...(isShared(options) && { PROGIMAGE_SECRET: SECRET }),
      ...options.settings,
    },
  });
  const ask = askerOf(server.url);
  return {
    server,
    admin,
    ask,
    makeKey: async (...scopes) => {
      const response = await ask("/keys", { key: admin, method: "POST", body: { scopes } });
      if (response.status !== 201) throw new Error(`Cannot make a key: ${await response.text()}`);
      return (await response.json()) as NewKey;
    },
    upload: async (picture) => {
      const response = await ask("/images", { key: admin, method: "POST", body: Uint8Array.from(picture) });
      if (response.status !== 201) throw new Error(`Cannot upload: ${await response.text()}`);
      return ((await response.json()) as { readonly id: string }).id;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Whether other machines could use the same images: then the server does not make a secret itself. */
function isShared({ settings = {} }: StartServerOptions): boolean {
  return "PROGIMAGE_DATABASE_URL" in settings || "PROGIMAGE_S3_ENDPOINT" in settings;
}
