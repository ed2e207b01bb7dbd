import { expect, test } from "bun:test";
import { webhookSecretBytes } from "./webhook_secret.ts";
import { signedMessage } from "./webhook_message.ts";

// The test vector of the specification's reference libraries.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MESSAGE = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

test("signedMessage() signs as the reference libraries do", () => {
  const secret = webhookSecretBytes(SECRET) ?? new Uint8Array();
  const { headers, body } = signedMessage(MESSAGE, [secret], 1_614_265_330_999);
  expect(body).toBe(MESSAGE.body);
  expect(headers).toMatchObject({
    "webhook-id": MESSAGE.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": SIGNATURE,
  });
});

test("signedMessage() signs by each of several secrets", () => {
  const secrets = [Buffer.alloc(24, 1), webhookSecretBytes(SECRET) ?? new Uint8Array()];
  const { headers } = signedMessage(MESSAGE, secrets, 1_614_265_330_999);
  expect(headers["webhook-signature"]).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
  expect(headers["webhook-signature"]).toEndWith(` ${SIGNATURE}`);
});

test("webhookSecretBytes() takes 24 to 64 bytes behind whsec_", () => {
  const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
  expect(webhookSecretBytes(secretOf(24))).toHaveLength(24);
  expect(webhookSecretBytes(secretOf(64))).toHaveLength(64);
  for (const text of ["", "whsec_", secretOf(23), secretOf(65), secretOf(24).slice(6), `${SECRET}!`])
    expect(webhookSecretBytes(text)).toBeNull();
});
