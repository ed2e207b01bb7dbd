import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "./testing_folder.ts";

/** A certificate and its key, as files. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Certificates of an authority that no machine trusts. */
export interface TestCertificates extends AsyncDisposable {
  /** The file with the certificate of the authority. */
  readonly authority: string;
  /** A certificate for this machine. */
  readonly good: TestCertificate;
  readonly expired: TestCertificate;
  /** A certificate for another host. */
  readonly foreign: TestCertificate;
}

const HERE = "DNS:localhost,IP:127.0.0.1";

/** Creates certificates with openssl. If it is not installed, logs that and returns `null`. */
export async function testCertificates(): Promise<TestCertificates | null> {
  if (!Bun.which("openssl")) {
    console.error("Tests of certificates are skipped: there is no openssl on PATH");
    return null;
  }
  const folder = await testFolder();
  // A database server that runs as another user reads them.
  await chmod(folder.path, 0o755);
  const at = (name: string) => join(folder.path, name);
  const [authority, authorityKey] = [at("authority.crt"), at("authority.key")];
  const self = ["-x509", "-days", "2", "-subj", "/CN=ProgImage tests", "-out", authority];
  await openssl("req", ...NEW_KEY, "-keyout", authorityKey, ...self);
  const sign = async (name: string, host: string, days: string): Promise<TestCertificate> => {
    const [certificate, key, request, extensions] = ["crt", "key", "csr", "ext"].map((end) =>
      at(`${name}.${end}`),
    ) as [string, string, string, string];
    await openssl("req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", `/CN=${name}`);
    await Bun.write(extensions, `subjectAltName=${host}`);
    const by = ["-CA", authority, "-CAkey", authorityKey, "-CAcreateserial", "-extfile", extensions];
    await openssl("x509", "-req", "-in", request, "-out", certificate, "-days", days, ...by);
    await chmod(key, 0o644);
    return { certificate, key };
  };
  return {
    authority,
    good: await sign("good", HERE, "2"),
    expired: await sign("expired", HERE, "-1"),
    foreign: await sign("foreign", "DNS:other.example", "2"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

async function openssl(...args: readonly string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot make certificate: ${said}`);
}
