import { expect, test } from "bun:test";
import { tenantWebhookSecrets, webhookSecretBytes, webhookSecretText } from "./webhook_secret.ts";
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

test("tenantWebhookSecrets() derives those of each tenant but the first one by HKDF", () => {
  const secrets = [webhookSecretBytes(SECRET) ?? new Uint8Array(), Buffer.alloc(32, 7)];
  const textsOf = (tenant: string) => tenantWebhookSecrets(secrets, tenant).map(webhookSecretText);
  expect(textsOf("")[0]).toBe(SECRET);
  // Made by Python's hmac as RFC 5869 says.
  expect(textsOf("acme")).toEqual([
    "whsec_RbIljq6anm/SbUr4ex2lp/sI6RCM/utsGixGEvX1Mbk=",
    "whsec_6mHxxJ/C0uitGnNfCFGLB6dUx/9vdKYFY66PTLB7clo=",
  ]);
  expect(textsOf("shop-1")[0]).toBe("whsec_e4evDKq0ckuRjy4sohTAgpyeBrFZsXAabKJP+Sx/vME=");
});
