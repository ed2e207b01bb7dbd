import { answerShape } from "@progimage/core";
import { Type } from "@sinclair/typebox";

export const WEBHOOK_SECRETS_SHAPE = answerShape("WebhookSecrets", {
  secrets: Type.Array(Type.String(), {
    description:
      "Secrets as Standard Webhooks has them. Each adds a signature: several are there while the operator changes them",
  }),
});
