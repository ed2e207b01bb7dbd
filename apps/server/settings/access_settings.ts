import { readFileSync } from "node:fs";
import { type AccessKey, hashSecret, parseKeyText } from "@progimage/core";
import { addressRanges, choice, flag, integer, longSecrets, type Setting, text, url } from "./setting.ts";

/** A key of the configuration. Its secret is not kept. */
export type AdminKey = Pick<AccessKey, "id" | "secretHash">;

/** Who may do what, and how much. */
export const ACCESS_SETTINGS = {
  access: choice(
    "PROGIMAGE_ACCESS",
    ["open", "keys"],
    "open",
    "Who may call. With open, everyone who can connect; with keys, those who send a key. Others get only what PROGIMAGE_DELIVERY says",
  ),
  delivery: choice(
    "PROGIMAGE_DELIVERY",
    ["public", "presets", "signed", "private"],
    "signed",
    "Images that callers without a key get in mode keys: public, any recipe of any image that is not private; presets, only presets with public: true; signed, only URLs with a signature; private, none",
  ),
  publicOriginals: flag(
    "PROGIMAGE_PUBLIC_ORIGINALS",
    false,
    "Whether callers without a key also get originals with PROGIMAGE_DELIVERY=presets",
  ),
  adminKey: adminKey(
    "PROGIMAGE_ADMIN_KEY",
    "A key with all scopes, besides those in the database, for PROGIMAGE_ACCESS=keys: bun start keys generate makes one",
  ),
  adminKeyFile: adminKeyFile(
    "PROGIMAGE_ADMIN_KEY_FILE",
    "File with that key instead, such as a Docker secret",
  ),
  trustedProxies: addressRanges(
    "PROGIMAGE_TRUSTED_PROXIES",
    "loopback",
    "Proxies whose X-Forwarded-For or Forwarded is believed, by commas: 10.0.0.5, 2001:db8::/32, loopback for this machine, private for internal networks; none for no proxy",
  ),
  secrets: longSecrets(
    "PROGIMAGE_SECRET",
    "Secret from which the signatures of URLs are made, of at least 32 bytes; several by commas: the first signs, all verify. On SQLite without S3 the server makes one itself, db/secret",
  ),
  secretFile: text(
    "PROGIMAGE_SECRET_FILE",
    "",
    "File with these secrets, one a line, instead of PROGIMAGE_SECRET",
  ),
  signedMaxAge: integer(
    "PROGIMAGE_SIGNED_MAX_AGE",
    3_600,
    "Seconds for which callers may cache the answer to a signed URL; never beyond its expiry",
  ),
  strangerRequests: integer(
    "PROGIMAGE_STRANGER_REQUESTS",
    3_000,
    "Requests a minute of callers without a key, for each address; 0 for any number. No rate applies with PROGIMAGE_ACCESS=open",
  ),
  strangerRendering: integer(
    "PROGIMAGE_STRANGER_RENDER_MS",
    30_000,
    "Milliseconds of rendering a minute for callers without a key, for each address; 0 for any number",
  ),
  keyRequests: integer("PROGIMAGE_KEY_REQUESTS", 0, "Requests a minute with each key; 0 for any number"),
  keyRendering: integer(
    "PROGIMAGE_KEY_RENDER_MS",
    0,
    "Milliseconds of rendering a minute for each key and the URLs that it has signed; 0 for any number",
  ),
  tenantRequests: integer(
    "PROGIMAGE_TENANT_REQUESTS",
    0,
    "Requests a minute with the keys of each tenant together; 0 for any number",
  ),
  tenantRendering: integer(
    "PROGIMAGE_TENANT_RENDER_MS",
    0,
    "Milliseconds of rendering a minute for the keys of each tenant together; 0 for any number",
  ),
  rateBurstSeconds: integer(
    "PROGIMAGE_RATE_BURST_SECONDS",
    60,
    "Seconds whose requests and rendering may come at once, for all rates",
    { min: 1, max: 3_600 },
  ),
  jwksUrl: url(
    "PROGIMAGE_JWKS_URL",
    "URL of the public keys with which JSON Web Tokens are verified, such as https://login.example.com/.well-known/jwks.json",
  ),
  jwtIssuer: text("PROGIMAGE_JWT_ISSUER", "", "The claim iss that tokens must have"),
  jwtAudience: text("PROGIMAGE_JWT_AUDIENCE", "", "The claim aud that tokens must have: this server"),
  jwtTenantClaim: text(
    "PROGIMAGE_JWT_TENANT_CLAIM",
    "",
    "The claim of tokens that names their tenant. Without it, all belong to the first tenant",
  ),
  jwtScopesClaim: text(
    "PROGIMAGE_JWT_SCOPES_CLAIM",
    "scope",
    "The claim of tokens that has their scopes, as text with spaces or as a list. Other scopes are ignored, and so are admin and server",
  ),
};

type AccessSettings = typeof ACCESS_SETTINGS;

/** The values of the settings of access. */
export type AccessValues = {
  readonly [Name in keyof AccessSettings]: ReturnType<AccessSettings[Name]["read"]>;
};

/** The settings without effect in mode `open`, where the operator must have meant the other one. */
const USELESS_IF_OPEN = [
  "PROGIMAGE_ADMIN_KEY",
  "PROGIMAGE_ADMIN_KEY_FILE",
  "PROGIMAGE_DELIVERY",
  "PROGIMAGE_JWKS_URL",
  "PROGIMAGE_PUBLIC_ORIGINALS",
] as const;

/** Returns what is wrong with the settings of access as a whole. */
export function accessProblems(
  { access, adminKey, adminKeyFile, delivery, publicOriginals }: AccessValues,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const problems: string[] = [];
  for (const variable of USELESS_IF_OPEN)
    if (access === "open" && environment[variable])
      problems.push(`Cannot use ${variable} with PROGIMAGE_ACCESS=open: everyone gets everything then`);
  if (access === "keys" && publicOriginals && delivery !== "presets" && delivery !== "public")
    problems.push(
      `Cannot use PROGIMAGE_PUBLIC_ORIGINALS as PROGIMAGE_DELIVERY must be presets or public: it is ${delivery}`,
    );
  if (adminKey && adminKeyFile)
    problems.push("Cannot use both PROGIMAGE_ADMIN_KEY and PROGIMAGE_ADMIN_KEY_FILE: set one of them");
  return problems;
}

/** Returns what is wrong with the settings of JSON Web Tokens: each of them needs the others. */
export function jwtProblems(config: {
  readonly [Name in "jwksUrl" | "jwtAudience" | "jwtIssuer"]: string;
}): readonly string[] {
  const needed = ["jwksUrl", "jwtIssuer", "jwtAudience"] as const;
  const missing = needed.filter((name) => config[name] === "").map((name) => ACCESS_SETTINGS[name].variable);
  if (missing.length === 0 || missing.length === needed.length) return [];
  return [
    `Cannot verify JSON Web Tokens without ${missing.join(" and ")}: a token for another server would count`,
  ];
}

const MUST = "a key such as pi_…, which bun start keys generate makes";

/** A key, or nothing. */
function adminKey(variable: string, help: string): Setting<AdminKey | null> {
  const read = (value: string) => {
    if (value === "") return null;
    const text = parseKeyText(value);
    if (!text) throw new Error(MUST);
    return { id: text.id, secretHash: hashSecret(text.secret) };
  };
  return { variable, help, fallback: "", isSecret: true, read };
}

/** The path of a file with a key, or nothing. */
function adminKeyFile(variable: string, help: string): Setting<AdminKey | null> {
  const { read: readKey } = adminKey(variable, help);
  const read = (path: string) => {
    if (path === "") return null;
    const text = readText(path);
    if (text === null) throw new Error("the path of a file that can be read");
    const key = readKey(text.trim());
    if (!key) throw new Error(`the path of a file with ${MUST}`);
    return key;
  };
  return { variable, help, fallback: "", read };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
