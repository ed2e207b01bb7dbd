import { Type } from "@sinclair/typebox";
import { answerShape, describedShape, namedShape } from "./shape.ts";

const TEXT = Type.String();
const TIME = Type.String({ format: "date-time" });

/** A stable word for the reason of a failure. The table of problems lists all of them. */
const CODE = namedShape(
  "ProblemCode",
  Type.String({ description: "A stable word for programs. More may come: programs go by the status then" }),
);

/** The members of every problem. */
const HEAD = {
  type: Type.String({
    format: "uri-reference",
    description: "A page that explains the code: /problems/{code}",
  }),
  title: TEXT,
  status: Type.Integer(),
  detail: Type.String({
    description:
      "For people, in English: what was tried, and what was found. It may be worded anew at any time",
  }),
  code: CODE,
  retryable: Type.Boolean({
    description: "Whether the same request can succeed later although its caller changes nothing",
  }),
};

/** Notices for the operator: faults that do not stop the server from working. */
export const NOTICES_SHAPE = Type.Array(
  answerShape("Notice", { code: TEXT, detail: describedShape(TEXT, "The fault and its remedy") }),
  { description: "Faults for the operator that do not keep the server from its work" },
);

/** Why a request failed. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const PROBLEM_SHAPE = answerShape(
  "Problem",
  {
    ...HEAD,
    requestId: Type.Optional(Type.String({ description: "Finds the request in the log" })),
    parameter: Type.Optional(Type.String({ description: "The path of what is wrong" })),
    limit: Type.Optional(
      Type.Number({ description: "The limit that was passed, in the unit of the detail" }),
    ),
    smallest: Type.Optional(Type.Integer({ description: "The fewest bytes that were reached" })),
    deletedAt: Type.Optional(describedShape(TIME, "When the image was deleted")),
    restorableUntil: Type.Optional(describedShape(TIME, "Until when it can be restored")),
    retryAfter: Type.Optional(Type.Number({ description: "Seconds after which another try makes sense" })),
    known: Type.Optional(Type.Array(TEXT, { description: "The values or names that are understood" })),
    suggestion: Type.Optional(describedShape(TEXT, "The value or name that was probably meant")),
    sha256: Type.Optional(describedShape(TEXT, "Of the stored bytes that are damaged")),
    notices: Type.Optional(
      describedShape(NOTICES_SHAPE, "At /readyz only: what else the operator should know"),
    ),
    cause: Type.Optional(
      Type.String({ description: "With PROGIMAGE_DEBUG only: the error behind it, for developers" }),
    ),
  },
  {
    description:
      "Why a request failed (RFC 9457). More members may come: programs ignore those that they do not know",
  },
);

/** Why a job or one of its items failed. It belongs to no request. */
export const JOB_PROBLEM_SHAPE = answerShape(
  "JobProblem",
  { ...HEAD, output: Type.Optional(Type.Integer({ description: "The index of the output that failed" })) },
  { description: "The failure of a job or of one of its items" },
);
