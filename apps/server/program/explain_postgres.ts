import type { PostgresFault } from "@progimage/core/adapters";
import { explainCertificate, type Explanation } from "./explain_certificate.ts";

/** Explanations by SQLSTATE or by Bun's code. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const EXPLANATIONS: readonly (readonly [code: RegExp, explanation: Explanation])[] = [
  [
    /^28P01$|^ERR_POSTGRES_(?:AUTHENTICATION|SASL)/,
    {
      reason: "it refuses this user or password",
      remedy: "correct them in the URL; characters such as @ and / are percent-encoded there",
    },
  ],
  [
    /^28000$/,
    { reason: "it refuses connections of this user", remedy: "create the role, and allow it in pg_hba.conf" },
  ],
  [
    /^3D000$/,
    {
      reason: "there is no such database",
      remedy: "create it with createdb, or correct the name in the URL",
    },
  ],
  [
    /^42501$/,
    {
      reason: "this user may not change its schema",
      remedy: "make the user the owner of the database, or grant CREATE on it and on its schema public",
    },
  ],
  [/^25006$/, { reason: "it can only be read", remedy: "name the primary server, not a standby" }],
  [
    /^08P01$/,
    {
      reason: "the pooler in front of it refuses settings that connections begin with",
      remedy: "connect to Postgres itself, or set the pooler up as docs/scaling.md says",
    },
  ],
  [
    /^(?:26000|42P05)$/,
    {
      reason: "the pooler in front of it does not give each connection a session of its own",
      remedy: "connect to Postgres itself, or set the pooler up as docs/scaling.md says",
    },
  ],
  [
    /^ERR_POSTGRES_TLS_NOT_AVAILABLE$/,
    {
      reason: "it offers no TLS",
      remedy: "turn TLS on there, or leave sslmode out of the URL where the network is trusted",
    },
  ],
  [
    /^ERR_POSTGRES_CONNECTION/,
    { reason: "no server answers there", remedy: "start it, or correct host and port in the URL" },
  ],
];

/** Returns the fault of a Postgres database and the remedy, as the end of a sentence that names the database. */
export function explainPostgres({ code, message }: PostgresFault): string {
  const said = message.replaceAll(/\s+/g, " ");
  const explanation =
    explainCertificate(code) ?? EXPLANATIONS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
  return explanation ? `as ${explanation.reason} (${said}): ${explanation.remedy}` : `as it says: ${said}`;
}

/** Whether a fault would recur at the next attempt: the database is not just starting, stopping or overloaded. */
export function isLastingFault({ code }: PostgresFault): boolean {
  if (/^[0-9A-Z]{5}$/.test(code)) return !/^(?:53|57P)/.test(code);
  return !/^ERR_POSTGRES_(?:CONNECTION|IDLE|LIFETIME)/.test(code);
}
