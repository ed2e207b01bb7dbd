import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { splitSignature } from "./signed_target.ts";
import { Signatures } from "./signatures.ts";
import { secret, vectors } from "./signature_vectors.json";

const PAGE = join(import.meta.dir, "../../../../docs/signing.md");

/** The programs of the page: their language, the name of their file, and the command that runs it. */
const PROGRAMS = [
  ["python", "sign.py", "python3"],
  ["js", "sign.mjs", "node"],
  ["js", "sign.mjs", process.execPath],
  ["sh", "sign.sh", "sh"],
] as const;

/** A second implementation, which knows nothing of ours: it derives the signing secrets as well. */
const CHECK = `
import base64, json, sys
from sign import hkdf, sign

def derive(secret, key_id):
    derived = hkdf(secret.encode(), key_id.encode(), b"progimage signing v1")
    return "pis_" + base64.urlsafe_b64encode(derived).decode().rstrip("=")

file = json.load(open(sys.argv[1]))
print(json.dumps([
    [derive(file["secret"], each["keyId"]),
     sign(each["signingSecret"], each["keyId"], *each["text"].split("?exp")[0].split("&exp")[0]
         .split("?kid")[0].split("&kid")[0].split("\\n"), each["exp"])]
    for each in file["vectors"]
]))
`;

describe("signature_vectors.json", () => {
  const signatures = new Signatures([secret]);

  test.each(vectors)(
    "$name: Signatures sign it, and verify it",
    ({ method, keyId, exp, path, signed, text, ...each }) => {
      const { pathname, search } = new URL(path, "http://localhost");
      const request = { method: method as "GET" | "POST", target: pathname + search };
      expect(signatures.secretOf(keyId)).toBe(each.signingSecret);
      expect(signatures.sign(request, { keyId, exp })).toBe(signed);
      const split = splitSignature(signed);
      expect(split).toMatchObject({ bare: request.target, exp, kid: keyId, sig: each.sig });
      expect(`${method}\n${split?.text}`).toBe(text);
      expect(split && signatures.verify(method, split)).toBe(true);
    },
  );

  // Absolute URLs of this machine only: a raw request shows what an HTTP server is given.
  test.each(vectors.filter(({ path }) => !path.includes(" ")))(
    "$name: Bun passes its target",
    async ({ path, signed }) => {
      using server = Bun.serve({ port: 0, fetch: ({ url }) => new Response(url) });
      const tail = signed.slice(signed.search(/[?&](?:exp|kid)=/));
      const answer = await sendRaw(
        server.port ?? 0,
        `GET ${path}${tail} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.split("\r\n\r\n")[1]).toBe(`http://a${signed}`);
    },
  );

  for (const [language, name, command] of PROGRAMS) {
    const hasCommand = Bun.which(command) !== null;
    test.skipIf(!hasCommand)(`the ${language} of docs/signing.md agrees, run by ${command}`, async () => {
      await using folder = await testFolder();
      await Bun.write(join(folder.path, name), await programOf(language));
      for (const { signingSecret, keyId, method, signed, exp } of vectors.slice(-3)) {
        const target = signed.slice(0, signed.search(/[?&](?:exp|kid)=/));
        const args = [signingSecret, keyId, method, target, ...(exp === null ? [] : [String(exp)])];
        const { stdout, stderr } = Bun.spawnSync([command, join(folder.path, name), ...args]);
        expect(stdout.toString() + stderr.toString()).toBe(`${signed}\n`);
      }
    });
  }

  test.skipIf(Bun.which("python3") === null)(
    "Python derives the same signing secrets and signatures",
    async () => {
      await using folder = await testFolder();
      await Bun.write(join(folder.path, "sign.py"), await programOf("python"));
      await Bun.write(join(folder.path, "check.py"), CHECK);
      const file = join(import.meta.dir, "signature_vectors.json");
      const { stdout } = Bun.spawnSync(["python3", join(folder.path, "check.py"), file]);
      expect(JSON.parse(stdout.toString())).toEqual(
        vectors.map(({ signingSecret, signed }) => [signingSecret, signed]),
      );
    },
  );
});

async function programOf(language: string): Promise<string> {
  const page = await Bun.file(PAGE).text();
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";
}

async function sendRaw(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(text),
      data: (_socket, bytes) => void (received += bytes.toString()),
      close: () => resolve(received),
    },
  });
  return await promise;
}
