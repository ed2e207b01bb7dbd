import { createHmac } from "node:crypto";
import type { Job } from "@progimage/client";

const KEY = Buffer.alloc(32, 7);

const PREFIX = "whsec_";

/** The secret of the webhooks that {@linkcode startReceiver} accepts. */
export const WEBHOOK_SECRET = PREFIX + KEY.toString("base64");

/** A job as webhooks show it. */
type EndedJob = Omit<Job, "webhookDelivery">;

/** A received webhook. */
export interface Heard {
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: { readonly job: EndedJob };
  };
}

/** Starts a receiver that answers with the given statuses, then 204, and accepts only messages that are signed with its secret. */
export function startReceiver(statuses: readonly number[] = [], secret = WEBHOOK_SECRET) {
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  const waiting = [...statuses];
  const heard: Heard[] = [];
  let onHeard = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request): Promise<Response> {
      const body = await request.text();
      if (!isSigned(key, request.headers, body)) return new Response(null, { status: 401 });
      heard.push({ id: request.headers.get("webhook-id") ?? "", body: JSON.parse(body) });
      onHeard.resolve();
      onHeard = Promise.withResolvers();
      const location = new URL("/elsewhere", request.url).href;
      return new Response(null, { status: waiting.shift() ?? 204, headers: { location } });
    },
  });
  const host = `127.0.0.1:${server.port}`;
  const hear = async (count: number) => {
    while (heard.length < count) await onHeard.promise;
  };
  return { heard, hear, host, url: `http://${host}/hook`, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Verifies a signature according to the specification. @see https://github.com/standard-webhooks/standard-webhooks */
function isSigned(key: Uint8Array, headers: Headers, body: string): boolean {
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const signed = `${headers.get("webhook-id")}.${timestamp}.${body}`;
  const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  const signatures = headers.get("webhook-signature")?.split(" ") ?? [];
  return signatures.includes(expected) && Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
}
