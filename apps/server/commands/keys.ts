import { parseArgs } from "node:util";
import {
  createKey,
  findTenant,
  type AccessKey,
  isValidKey,
  keyNotFound,
  type KeyPorts,
  listKeys,
  newKeyText,
  revokeKey,
  rotateKey,
  type Scope,
  SCOPES,
  writeKeyText,
} from "@progimage/core";
import { Signatures } from "../access/signature/signatures.ts";
import { openAccessRecords } from "../compose/compose_access_records.ts";
import { composeSecrets } from "../compose/compose_secrets.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import type { Command } from "./command.ts";
import { durationOf, expiryOf } from "./duration.ts";

const HELP = `Usage: bun start keys create --scopes SCOPES [--tenant TENANT] [--label TEXT] [--expires TIME]
       bun start keys list [--tenant TENANT]
       bun start keys revoke ID [--tenant TENANT]
       bun start keys rotate ID [--overlap TIME]
       bun start keys secret ID
       bun start keys generate

create makes a key and prints it on the standard output. It is not shown again: the database has only its hash.
list prints the keys of a tenant, the newest first, as lines with tabs.
revoke ends a key at once. Servers refuse it within a second.
rotate makes a key with the scopes and label of another one, and lets that one expire.
secret prints the signing secret of a key, for programs that sign URLs themselves.
generate prints a new key for PROGIMAGE_ADMIN_KEY, and stores nothing.

  --scopes   by commas: ${SCOPES.join(", ")}; all for all that the tenant can have
  --tenant   the tenant that the key belongs to; without it the first one
  --label    words about the key for the operator
  --expires  a date such as 2030-01-31, or a time from now such as 90d or 12h
  --overlap  how long the old key stays valid. Default: 1d
  --help

Exit codes: 0 done, 1 it could not be done, 2 an argument or a setting is wrong`;

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  scopes: { type: "string" },
  tenant: { type: "string", default: "" },
  label: { type: "string" },
  expires: { type: "string" },
  overlap: { type: "string", default: "1d" },
} as const;

/** The options of each action. */
const KNOWN = {
  create: ["scopes", "tenant", "label", "expires"],
  list: ["tenant"],
  revoke: ["tenant"],
  rotate: ["overlap"],
  secret: [],
  generate: [],
} as const satisfies Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>>;

const PAGE = 1_000;

interface Given {
  readonly ids: readonly string[];
  readonly values: Values;
}

type Values = ReturnType<typeof readValues>["values"];

/** `keys`: makes, lists, revokes and rotates the keys of callers. */
export const keysCommand: Command = {
  name: "keys",
  summary: "makes, lists, revokes and rotates the keys of callers, for PROGIMAGE_ACCESS=keys",
  async run(args, config) {
    const { values, positionals } = readValues(args);
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const [action = "", ...ids] = positionals;
    checkArguments(action, args, ids);
    if (action === "generate") console.log(writeKeyText(newKeyText()));
    else await change(config, action, { ids, values });
    return 0;
  },
};

function readValues(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

function checkArguments(action: string, args: readonly string[], ids: readonly string[]): void {
  if (!Object.hasOwn(KNOWN, action))
    throw new ConfigError(`Cannot run keys as its action must be one of ${Object.keys(KNOWN).join(", ")}`);
  const known: readonly string[] = KNOWN[action as keyof typeof KNOWN];
  const { tokens } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS, tokens: true });
  const other = tokens.find((token) => token.kind === "option" && !known.includes(token.name));
  if (other?.kind === "option") throw new ConfigError(`Cannot use ${other.rawName} with keys ${action}`);
  const wanted = ["revoke", "rotate", "secret"].includes(action) ? 1 : 0;
  if (ids.length !== wanted)
    throw new ConfigError(
      `Cannot run keys ${action} as it takes ${wanted === 1 ? "the id of one key" : "no names"}: see keys --help`,
    );
}

async function change(config: Config, action: string, { ids: [id = ""], values }: Given): Promise<void> {
  const { tenant } = values;
  await using opened = await openAccessRecords(config);
  switch (action) {
    case "create": {
      if (tenant !== "") await findTenant(opened, tenant);
      const options = {
        tenant,
        scopes: scopesOf(values),
        label: values.label,
        expiresAt: expiryOf(values.expires),
      };
      const { key, text } = await createKey(opened, options);
      tell(`Made key ${key.id} ${rightsOf(key)}. It is shown only once:`);
      console.log(text);
      break;
    }
    case "list":
      await list(opened, tenant);
      break;
    case "revoke":
      await revokeKey(opened, tenant, id);
      tell(`Revoked key ${id}: servers refuse it within a second.`);
      break;
    case "secret":
      console.log(await signingSecret(config, await findKey(opened, id)));
      break;
    case "rotate": {
      const { key, old, text } = await rotateKey(opened, id, {
        overlap: durationOf(values.overlap, "--overlap"),
      });
      tell(`Made key ${key.id} ${rightsOf(key)}. Key ${id} expires at ${timeOf(old.expiresAt)}.`);
      tell("The new key is shown only once:");
      console.log(text);
    }
  }
}

async function findKey({ keys }: KeyPorts, id: string): Promise<AccessKey> {
  const key = await keys.find(id);
  if (key) return key;
  throw keyNotFound();
}

/** A signing secret is not stored: it is derived from the secret of the server, also before the server asks for keys. */
async function signingSecret(config: Config, { id }: AccessKey): Promise<string> {
  return new Signatures(await composeSecrets({ ...config, access: "keys" })).secretOf(id);
}

function scopesOf({ scopes = "", tenant }: Values): readonly Scope[] {
  const named = scopes.split(",").map((scope) => scope.trim());
  if (scopes === "all") return SCOPES.filter((scope) => scope !== "server" || tenant === "");
  const unknown = named.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined)
    throw new ConfigError(
      `Cannot use --scopes as it must be all, or some of ${SCOPES.join(", ")}: it has ${JSON.stringify(unknown)}`,
    );
  return named as Scope[];
}

async function list(ports: KeyPorts, tenant: string): Promise<void> {
  let cursor: string | undefined;
  do {
    const { items, next } = await listKeys(ports, { tenant, limit: PAGE, cursor });
    for (const key of items) console.log(lineOf(key, ports.now()));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

function lineOf(key: AccessKey, now: number): string {
  const { id, scopes, label, createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  const state = isValidKey(key, now) ? "valid" : revokedAt === null ? "expired" : "revoked";
  const used = lastUsedAt === null ? "never used" : `used ${timeOf(lastUsedAt).slice(0, 10)}`;
  const until = expiresAt === null ? "never expires" : `expires ${timeOf(expiresAt)}`;
  return [id, state, `made ${timeOf(createdAt)}`, until, used, scopes.join(","), label ?? ""].join("\t");
}

function rightsOf({ owner, scopes }: AccessKey): string {
  return `with ${scopes.join(", ")}${owner === "" ? "" : ` for tenant ${owner}`}`;
}

function timeOf(time: number | null): string {
  return time === null ? "never" : new Date(time).toISOString();
}

/** The standard output has only what scripts read. */
function tell(text: string): void {
  console.error(text);
}
