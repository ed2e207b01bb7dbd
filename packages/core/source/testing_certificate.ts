import { generateKeyPairSync, sign } from "node:crypto";

/** A self-signed certificate, in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const OBJECT_IDS = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const;

/** Makes a certificate for a DNS name, valid for a day. @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function testCertificate(name: string): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(objectId("ecdsaWithSha256"));
  const issuer = sequence(set(sequence(objectId("commonName"), der(0x0c, Buffer.from(name)))));
  const now = Date.now();
  const content = sequence(
    der(0xa0, integer(2)),
    integer(1),
    algorithm,
    issuer,
    sequence(time(now - 3_600_000), time(now + 86_400_000)),
    issuer,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(sequence(objectId("subjectAltName"), der(0x04, sequence(der(0x82, Buffer.from(name)))))),
    ),
  );
  const signature = der(0x03, Buffer.of(0), sign("sha256", content, privateKey));
  const certificate = sequence(content, algorithm, signature).toString("base64");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Encodes DER: a tag, the length of the content, the content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...bytes), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

function set(...parts: readonly Uint8Array[]): Buffer {
  return der(0x31, ...parts);
}

function objectId(name: keyof typeof OBJECT_IDS): Buffer {
  return der(0x06, Buffer.from(OBJECT_IDS[name]));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.of(value));
}

function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x18, Buffer.from(text));
}
