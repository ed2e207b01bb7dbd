/** The rights that a key can have. */
export const SCOPES = [
  "images:read",
  "images:create",
  "images:write",
  "images:delete",
  "recipes:run",
  "jobs:write",
  "exchange",
  "admin",
  "server",
] as const;

/** A right that a key can have. */
export type Scope = (typeof SCOPES)[number];

/** A key of callers, as it is stored. Its secret is not. */
export interface AccessKey {
  /** It is public: signed URLs contain it. */
  readonly id: string;
  /** The tenant that it belongs to. */
  readonly owner: string;
  /** The SHA-256 of its secret, in 64 hexadecimal digits. */
  readonly secretHash: string;
  readonly scopes: readonly Scope[];
  /** The operator's words about it; `null` if there are none. */
  readonly label: string | null;
  /** In milliseconds since 1970, like all its times. */
  readonly createdAt: number;
  /** When it stops being valid; `null` for never. */
  readonly expiresAt: number | null;
  /** When it was revoked; `null` while it is not. */
  readonly revokedAt: number | null;
  /** The start of the day, in UTC, on which it was last used; `null` if it never was. */
  readonly lastUsedAt: number | null;
}

/** Whether a key is valid at a time: it was not revoked and has not expired. */
export function isValidKey(
  { expiresAt, revokedAt }: Pick<AccessKey, "expiresAt" | "revokedAt">,
  now: number,
): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}
