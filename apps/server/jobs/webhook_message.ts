import { createHmac } from "node:crypto";
import type { PostedMessage } from "@progimage/core";

/** The message of a webhook. */
export interface WebhookMessage {
  /** The same in each attempt, so that the receiver can detect repetitions. */
  readonly id: string;
  readonly body: string;
}

/**
 * Returns a signed message as defined by Standard Webhooks. It has a signature for each secret: a receiver accepts the message if it
 * knows one of them.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedMessage(
  { id, body }: WebhookMessage,
  secrets: readonly Uint8Array[],
  now: number,
): PostedMessage {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
    return `v1,${signature}`;
  });
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
  return { headers, body };
}
