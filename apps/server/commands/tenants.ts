import { parseArgs } from "node:util";
import {
  createTenant,
  DELIVERIES,
  emptyTenant,
  findTenant,
  listTenants,
  type Ports,
  readShape,
  removeTenant,
  type Tenant,
  TENANT_PATCH_SHAPE,
  TENANT_REQUEST_SHAPE,
  type TenantLimits,
  type TenantPorts,
  tenantPorts,
  updateTenant,
} from "@progimage/core";
import { compose } from "../compose/compose.ts";
import { openAccessRecords } from "../compose/compose_access_records.ts";
import { tenantWebhookSecrets, webhookSecretText } from "../jobs/webhook_secret.ts";
import { openLog } from "../program/log.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import type { Command } from "./command.ts";
import { showProgress } from "./show_progress.ts";

const HELP = `Usage: bun start tenants create ID [OPTIONS]
       bun start tenants list
       bun start tenants update ID [OPTIONS]
       bun start tenants remove ID [--erase]
       bun start tenants webhook-secrets ID

Tenants share a server and no data: neither images nor jobs, keys or limits. The first tenant needs no record: all that belongs to no other
tenant is its own. Servers follow a change within a second.

list prints the tenants as lines with tabs. remove refuses a tenant that has images or jobs: --erase first erases its images for good,
and removes its jobs. webhook-secrets prints the secrets by which a tenant verifies its webhooks, one in a line; those of the first tenant are
PROGIMAGE_WEBHOOK_SECRET itself.

  --hosts     the names under which strangers reach its images, by commas; they replace those of before
  --delivery  what strangers may get: ${DELIVERIES.join(", ")}; default for the setting of the server
  --images, --bytes               the most that it may store; none for no limit
  --requests, --render-ms         requests, and milliseconds of rendering, in a minute; none for no limit
  --help

Exit codes: 0 done, 1 it could not be done, 2 an argument or a setting is wrong`;

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  erase: { type: "boolean", default: false },
  hosts: { type: "string" },
  delivery: { type: "string" },
  images: { type: "string" },
  bytes: { type: "string" },
  requests: { type: "string" },
  "render-ms": { type: "string" },
} as const;

/** The limit that each option sets. */
const LIMITS = {
  images: "images",
  bytes: "bytes",
  requests: "requestsPerMinute",
  "render-ms": "renderMsPerMinute",
} as const satisfies Readonly<Record<string, keyof TenantLimits>>;

/** Whether each action takes the id of a tenant, and options. */
const ACTIONS = {
  create: { takesId: true, takesOptions: true },
  list: { takesId: false, takesOptions: false },
  update: { takesId: true, takesOptions: true },
  remove: { takesId: true, takesOptions: false },
  "webhook-secrets": { takesId: true, takesOptions: false },
} as const;

const PAGE = 1_000;

type Action = keyof typeof ACTIONS;
type Values = ReturnType<typeof readArguments>["values"];

/** `tenants`: makes, lists, changes and removes those who share the server. */
export const tenantsCommand: Command = {
  name: "tenants",
  summary: "makes, lists, changes and removes tenants, who share the server and no data",
  async run(args, config) {
    const { values, positionals } = readArguments(args);
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const [action = "", id = "", ...others] = positionals;
    checkAction(action);
    const { takesId, takesOptions } = ACTIONS[action];
    if ((id !== "") !== takesId || others.length > 0)
      throw new ConfigError(
        `Cannot run tenants ${action} as it takes ${takesId ? "the id of one tenant" : "no names"}`,
      );
    const change = changeOf(values);
    if (values.erase && action !== "remove")
      throw new ConfigError(`Cannot run tenants ${action} with --erase: only remove has it`);
    if (!takesOptions && Object.keys(change).length > 0)
      throw new ConfigError(
        `Cannot run tenants ${action} with options that change a tenant: see tenants --help`,
      );
    await (action === "remove" ? remove(config, id, values) : work(config, action, { id, change }));
    return 0;
  },
};

function readArguments(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

function checkAction(action: string): asserts action is Action {
  if (Object.hasOwn(ACTIONS, action)) return;
  throw new ConfigError(`Cannot run tenants as its action must be one of ${Object.keys(ACTIONS).join(", ")}`);
}

/** Returns the change as a request would have it. Its shape is checked with that of the action. */
function changeOf({ hosts, delivery, ...values }: Values): Readonly<Record<string, unknown>> {
  const limits = Object.entries(LIMITS).flatMap(([option, limit]) => {
    const text = values[option as keyof typeof LIMITS];
    return text === undefined ? [] : [[limit, limitOf(option, text)] as const];
  });
  return {
    ...(hosts !== undefined && { hosts: hosts.split(",").filter((host) => host !== "") }),
    ...(delivery !== undefined && { delivery: delivery === "default" ? null : delivery }),
    ...(limits.length > 0 && { limits: Object.fromEntries(limits) }),
  };
}

function limitOf(option: string, text: string): number | null {
  if (text === "none") return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ConfigError(
    `Cannot use --${option} as it must be a whole number or none: it is ${JSON.stringify(text)}`,
  );
}

interface Given {
  readonly id: string;
  readonly change: Readonly<Record<string, unknown>>;
}

async function work(config: Config, action: Exclude<Action, "remove">, { id, change }: Given): Promise<void> {
  await using opened = await openAccessRecords(config);
  switch (action) {
    case "create":
      console.log(lineOf(await createTenant(opened, readShape(TENANT_REQUEST_SHAPE, { id, ...change }))));
      break;
    case "list":
      await list(opened);
      break;
    case "update":
      console.log(lineOf(await updateTenant(opened, id, readShape(TENANT_PATCH_SHAPE, change))));
      break;
    case "webhook-secrets":
      await findTenant(opened, id);
      for (const secret of webhookSecretsOf(config, id)) console.log(secret);
  }
}

/** They are not stored: they are derived from those of the server. */
function webhookSecretsOf({ webhookSecrets }: Config, tenant: string): readonly string[] {
  if (webhookSecrets.length === 0)
    throw new ConfigError("Cannot show webhook secrets as PROGIMAGE_WEBHOOK_SECRET is not set");
  return tenantWebhookSecrets(webhookSecrets, tenant).map(webhookSecretText);
}

async function list(ports: TenantPorts): Promise<void> {
  let cursor: string | undefined;
  do {
    const { items, next } = await listTenants(ports, { limit: PAGE, cursor });
    for (const tenant of items) console.log(lineOf(tenant));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

async function remove(config: Config, id: string, { erase }: Pick<Values, "erase">): Promise<void> {
  {
    await using opened = await openAccessRecords(config);
    await findTenant(opened, id);
  }
  const { log } = await openLog(config);
  await using composition = await compose(config, log);
  const own = tenantPorts(composition.ports, id);
  if (erase) await empty(own);
  await removeTenant(own, composition);
  console.error(`Removed tenant ${id}.`);
}

async function empty(own: Ports): Promise<void> {
  const { count: total } = await own.catalog.count({ order: "createdAt" }, Number.MAX_SAFE_INTEGER);
  const progress = showProgress();
  try {
    const show = (done: number) =>
      progress.show({ done, total: Math.max(done, total), text: `${done} images erased` });
    const erased = await emptyTenant(own, { onProgress: show });
    console.error(`Erased ${erased} images.`);
  } finally {
    progress.stop();
  }
}

function lineOf({ id, hosts, delivery, limits, createdAt }: Tenant): string {
  const set = Object.entries(limits).flatMap(([name, limit]) => (limit === null ? [] : `${name} ${limit}`));
  const made = `made ${new Date(createdAt).toISOString()}`;
  return [id, hosts.join(","), delivery ?? "default", set.join(","), made].join("\t");
}
