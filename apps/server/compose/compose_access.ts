import { type AccessKey, type Clock, type KeyRecords, SCOPES } from "@progimage/core";
import { createDeliveryRule, type DeliveryRule } from "../access/delivery_rule.ts";
import { createDoor, type Door } from "../access/door.ts";
import { createJwtRecogniser } from "../access/jwt/jwt_recogniser.ts";
import { createKeyRecogniser } from "../access/key/bearer_key.ts";
import { RecentKeys } from "../access/key/recent_keys.ts";
import type { KeyDirectory } from "../access/key_directory.ts";
import { createTenantDoor } from "../access/tenant_door.ts";
import type { TenantDirectory } from "../access/tenant_directory.ts";
import type { Recogniser } from "../access/recogniser.ts";
import type { RecentReadingsOptions } from "../access/recent_readings.ts";
import { refuseAuthorization } from "../access/refuse_authorization.ts";
import { createSignatureRecogniser } from "../access/signature/signature_recogniser.ts";
import type { Signatures } from "../access/signature/signatures.ts";
import type { Logger } from "../program/log.ts";
import type { Config } from "../settings/config.ts";

/** The parts of a server that decide who may do what. */
export interface AccessComposition {
  readonly door: Door;
  readonly deliveryRule: DeliveryRule;
  readonly keyDirectory: KeyDirectory;
}

/** The parts that {@linkcode composeAccess} needs. */
export interface ComposeAccessOptions {
  readonly clock: Pick<Clock, "now">;
  readonly directory: TenantDirectory;
  readonly keys: KeyRecords;
  readonly log: Pick<Logger, "warn">;
  /** How long keys are remembered while the database is down. */
  readonly readings: RecentReadingsOptions;
  /** `null` in mode `open`. */
  readonly signatures: Signatures | null;
}

/** Composes the access control of a configuration. */
export function composeAccess(
  config: Config,
  { clock, directory, keys, log, readings, signatures }: ComposeAccessOptions,
): AccessComposition {
  const { now } = clock;
  const keyDirectory = new RecentKeys(keys, { ...readings, fixed: fixedKeys(config), now });
  const onFailure = (err: unknown) => log.warn({ err }, "Cannot get the keys of PROGIMAGE_JWKS_URL");
  // A header Authorization goes first: if it is bad, a signature beside it does not count.
  const recognisers: readonly Recogniser[] = [
    createKeyRecogniser(keyDirectory, now),
    ...(config.jwksUrl === "" ? [] : [createJwtRecogniser(config, { now, onFailure })]),
    refuseAuthorization,
    ...(signatures
      ? [createSignatureRecogniser({ signatures, findKey: (id) => keyDirectory.find(id), now })]
      : []),
  ];
  return {
    door: createTenantDoor(createDoor(config, { recognisers }), directory),
    deliveryRule: createDeliveryRule(config),
    keyDirectory,
  };
}

/** Tells the operator of a server in mode `keys` how to make the first key, if there is none. */
export async function warnWithoutKey(
  config: Config,
  keys: KeyRecords,
  log: Pick<Logger, "warn">,
): Promise<void> {
  if (config.access !== "keys" || fixedKeys(config).length > 0) return;
  // A database that is down at the moment does not stop the server.
  if (await keys.hasValidKey().catch(() => true)) return;
  log.warn(
    'No request is answered with more than strangers get, as there is no valid key: "bun start keys create --scopes all" makes one',
  );
}

function fixedKeys({ adminKey, adminKeyFile }: Config): readonly AccessKey[] {
  const key = adminKey ?? adminKeyFile;
  if (!key) return [];
  const always = { createdAt: 0, expiresAt: null, revokedAt: null, lastUsedAt: null };
  return [{ ...key, owner: "", scopes: SCOPES, label: "PROGIMAGE_ADMIN_KEY", ...always }];
}
