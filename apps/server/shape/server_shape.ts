import { answerShape, describedShape, listOf, NOTICES_SHAPE } from "@progimage/core";
import { Type } from "@sinclair/typebox";

const TEXT = Type.String();
const TEXTS = Type.Array(TEXT);

export const HEALTH_SHAPE = answerShape("Health", { status: Type.Literal("ok") });

export const READINESS_SHAPE = answerShape("Readiness", {
  status: Type.Literal("ready"),
  notices: Type.Optional(
    describedShape(NOTICES_SHAPE, "Faults that do not stop the work: for callers with the scope `server`"),
  ),
});

/** The version, features and limits of a server. */
export const SERVER_SHAPE = answerShape(
  "Server",
  {
    name: TEXT,
    version: TEXT,
    features: describedShape(TEXTS, "Abilities that a server can lack: exchange, fetch, restore, webhooks"),
    formats: answerShape("ServerFormats", { input: TEXTS, output: TEXTS }),
    limits: Type.Record(TEXT, Type.Integer(), {
      description: "By name: bytes, pixels and numbers of things",
    }),
  },
  { description: "The name, abilities and limits of a server. More members, features and limits may come" },
);

/** The description of a problem code. */
export const PROBLEM_KIND_SHAPE = answerShape(
  "ProblemKind",
  {
    type: TEXT,
    code: TEXT,
    status: Type.Integer(),
    title: TEXT,
    meaning: TEXT,
    cause: describedShape(TEXT, "The usual cause"),
    remedy: TEXT,
    retryable: Type.Boolean(),
  },
  { description: "The meaning of a code" },
);

export const PROBLEM_KINDS_SHAPE = listOf("ProblemKinds", PROBLEM_KIND_SHAPE);
